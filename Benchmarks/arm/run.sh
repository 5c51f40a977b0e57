#!/usr/bin/env bash
# Converts the models and prints both tables: run.sh EDGEQUANT BUILD-FOLDER [options of instructions.py]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
edgequant=$1 build=$2
shift 2
data=${EDGEINFER_TEST_DATA:?names the folder with models/*.tflite}
models=()
mkdir -p "$build/models"
for name in mobilenet_v2_1.0_224_quant tf2_mobilenet_v2_1.0_224_ptq vww_96_int8 pretrainedResnet_quant \
  mobilenet_v1_0.25_128_quant kws_ref_model ad01_int8; do
  "$edgequant" convert "$data/models/$name.tflite" -o "$build/models/$name.edge" > /dev/null
  models+=("$build/models/$name.edge")
done
"$here/instructions.py" "$build/edgeinfer" "${models[@]}" "$@"
echo
"$here/cycles.py"
