#!/usr/bin/env bash
# Compiles the fake camera for a target of toolchains/ and prints the build options that link it in: link-options.sh TARGET OBJECT
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/Tests/Tools/*}
. "$root/toolchains/$1.target"
"$root/toolchains/sdk.sh" "$1" "$root/.build-sdk" >&2
mkdir -p "$(dirname "$2")"
clang "--target=$clang_target" --sysroot="$root/.build-sdk/edge-$1.artifactbundle/edge-$1/sysroot" -DFAKE_CAMERA_WRAP -O1 -Wall -Wextra -Werror \
  -c "$here/fake_camera.c" -o "$2"
printf ' -Xlinker %s' --wrap=open --wrap=ioctl --wrap=mmap "$2"
