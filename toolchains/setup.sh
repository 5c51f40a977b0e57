#!/usr/bin/env bash
# Installs what building needs and the machine lacks, on Debian or Ubuntu: setup.sh [qemu|tests|measuring]
# With `qemu`, also what runs the aarch64 program here; with `tests`, that and the tools that check us from outside; with `measuring`, what
# counts the aarch64 program's instructions, and Python. Says what it does; does nothing when nothing is missing.
set -euo pipefail
minimum=6.3

missing=()
command_from() { command -v "$1" > /dev/null || missing+=("$2"); }
package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ] || missing+=("$1"); }
python_with_venv() {
  command_from python3 python3
  python3 -c 'import ensurepip' 2> /dev/null || package python3-venv
}

if ! command -v swift > /dev/null; then
  echo "setup: no Swift found: install Swift $minimum or newer from https://www.swift.org/install/linux/" >&2
  exit 1
fi
version=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9.]*[0-9]\).*/\1/p' | head -n 1)
if [ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" != "$minimum" ]; then
  echo "setup: this is Swift ${version:-of an unknown version}; EdgeInfer needs $minimum or newer:" \
    "https://www.swift.org/install/linux/" >&2
  exit 1
fi

if ! command -v apt-get > /dev/null; then
  echo "setup: not Debian or Ubuntu: please see that make, git, libjpeg and OpenBLAS with their headers," \
    "and for the aarch64 checks qemu-user-static, are installed" >&2
  exit 0
fi
command_from make make
command_from git git
package libjpeg-dev
package libopenblas-dev
case "${1-}" in
  qemu) command_from qemu-aarch64-static qemu-user-static ;;
  tests)
    command_from qemu-aarch64-static qemu-user-static
    command_from flatc flatbuffers-compiler
    command_from xxhsum xxhash
    python_with_venv
    ;;
  measuring)
    # Of qemu's two builds only the dynamic one has plugins.
    command_from qemu-aarch64 qemu-user
    command_from cc gcc
    command_from llvm-mca llvm
    python_with_venv
    ;;
esac
if [ ${#missing[@]} = 0 ]; then exit 0; fi

sudo=()
if [ "$(id -u)" != 0 ]; then
  sudo=(sudo)
  if ! command -v sudo > /dev/null; then
    echo "setup: please run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi
echo "setup: installing ${missing[*]}${sudo:+ (with sudo)}" >&2
"${sudo[@]}" apt-get -qq update
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"
