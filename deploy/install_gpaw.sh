#!/usr/bin/env bash
# Build and install GPAW with the project's own configuration: deploy/install_gpaw.sh PYTHON
# Without a compiler it says so in one line and succeeds: everything but DFT labels still works.
set -euo pipefail
python=${1:?usage: deploy/install_gpaw.sh PYTHON}
here=$(cd "$(dirname "$0")" && pwd)

if "$python" -c 'import gpaw' 2>/dev/null; then
  exit 0
fi
if ! command -v g++ >/dev/null && ! command -v c++ >/dev/null && ! command -v clang++ >/dev/null; then
  echo "[install] no C++ compiler found, so there is no DFT engine: install g++ and run this again;" \
       "until then the tight-binding model labels instead, which is not first principles" >&2
  exit 0
fi
echo "[install] building GPAW (about a minute, once)"
GPAW_CONFIG="$here/gpaw_siteconfig.py" "$python" -m pip install -qq --disable-pip-version-check \
  --no-deps --require-hashes --build-constraint "$here/../constraints.txt" \
  --requirement "$here/../requirements/dft.txt"
