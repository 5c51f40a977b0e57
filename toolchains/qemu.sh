#!/usr/bin/env bash
# Runs an aarch64 program on each emulated core we promise: qemu.sh TARGET PROGRAM [arguments]
# Emulation checks results and that no core is given instructions it lacks; it says nothing about speed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1
shift
. "$here/$target.target"
libraries=()
[ "$link" = static ] || libraries=(-L "${here%/*}/.build-sdk/edge-$target.artifactbundle/edge-$target/sysroot")
for cpu in cortex-a53 cortex-a72 cortex-a76 max; do
  echo "== $cpu"
  qemu-aarch64-static "${libraries[@]}" -cpu "$cpu" "$@"
done
