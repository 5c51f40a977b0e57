#!/usr/bin/env bash
# Builds one product for one target, in release, and prints where it is and how large:
#   build.sh TARGET PRODUCT OUT-DIR [swift build options]
# EDGE_SCRATCH shares what another folder has compiled.
# TARGET is a *.target file beside this script, without its suffix.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/*}
target=$1 product=$2 out=$3
shift 3
scratch=${EDGE_SCRATCH:-$out/scratch}
. "$here/$target.target"
"$here/sdk.sh" "$target" "$root/.build-sdk"
# SwiftPM does not notice a new sysroot.
if [ "$root/.build-sdk/edge-$target.artifactbundle/stamp" -nt "$scratch/$swift_triple/release/$product" ]; then rm -rf "$scratch/$swift_triple"; fi
# `code_model` is not in the SDK: what else is linked with that may be larger.
options=()
[ -z "${code_model:-}" ] || options=(-Xlinker -mllvm -Xlinker "-code-model=$code_model")
swift build --package-path "$root" --scratch-path "$scratch" -c release \
  --swift-sdks-path "$root/.build-sdk" --swift-sdk "edge-$target" --product "$product" \
  -Xlinker "--symbol-ordering-file=$here/edgeinfer.order" -Xlinker --no-warn-symbol-ordering "${options[@]}" "$@"
mkdir -p "$out"
cp "$scratch/$swift_triple/release/$product" "$out/$product"
echo "$out/$product: $link, $(stat -c %s "$out/$product") bytes"
