#!/usr/bin/env bash
# Makes the virtual environment in which tests ask onnxruntime: .build-venv/onnxruntime.
# Needs the network once. Where that fails, those tests say that they skip.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.build-venv/onnxruntime/bin/python
[ -x "$python" ] && "$python" -c 'import onnxruntime, onnx, numpy' 2> /dev/null && exit 0
echo "setup: making .build-venv/onnxruntime with onnxruntime 1.31.1 and onnx 1.23.2" >&2
rm -rf .build-venv/onnxruntime
python3 -m venv .build-venv/onnxruntime
"$python" -m pip install --quiet --disable-pip-version-check onnxruntime==1.31.1 onnx==1.23.2 numpy==2.4.6
