#!/usr/bin/env bash
# Resolve every dependency once, for all who install: deploy/lock.sh BIN [--upgrade]
# BIN holds uv and python. Versions in requirements/ are kept, unless pyproject.toml forbids them.
set -euo pipefail
bin=$(cd "${1:?usage: deploy/lock.sh BIN [--upgrade]}" && pwd)
shift
cd "$(dirname "$0")/.."

resolve() {
  "$bin/uv" pip compile --quiet --constraint requirements/pins.txt "$@"
}
settings=(--config-file requirements/uv.toml)

# Everything together first, so that the smaller files agree with it.
resolve "${settings[@]}" pyproject.toml --all-extras --group dev --output-file requirements/dev.txt "$@"
resolve "${settings[@]}" pyproject.toml --extra service --constraint requirements/dev.txt --output-file requirements/lock.txt
"$bin/python" -c 'import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["dft"], sep="\n")' |
  resolve --no-config --no-deps --universal --python-version 3.11 --generate-hashes \
    --custom-compile-command "make lock" --output-file requirements/dft.txt - "$@"

{
  echo "# Made by \`make lock\` from requirements/: the versions alone, for \`pip install -c constraints.txt\`."
  cat requirements/pins.txt
  sed -nE 's/^([a-z0-9][a-z0-9._-]*==[^ ]+)( ; .*)? \\$/\1\2/p' requirements/dft.txt requirements/dev.txt
} >constraints.txt.new
mv constraints.txt.new constraints.txt

# The image has every extra: it is service, Ray node and MLflow's server.
resolve "${settings[@]}" pyproject.toml --all-extras --constraint requirements/dev.txt --output-file requirements/image.txt
