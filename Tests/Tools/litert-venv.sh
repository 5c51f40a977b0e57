#!/usr/bin/env bash
# Makes the virtual environment in which tests ask TensorFlow Lite's own reference kernels: .build-venv/litert.
# Needs the network once. Where that fails, those tests say that they skip.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.build-venv/litert/bin/python
[ -x "$python" ] && "$python" -c 'import ai_edge_litert, numpy' 2> /dev/null && exit 0
echo "setup: making .build-venv/litert with LiteRT 2.3.0" >&2
rm -rf .build-venv/litert
python3 -m venv .build-venv/litert
"$python" -m pip install --quiet --disable-pip-version-check ai-edge-litert==2.3.0 numpy==2.4.6
