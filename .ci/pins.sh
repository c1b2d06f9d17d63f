#!/usr/bin/env bash
# Writes requirements/ anew: bash .ci/pins.sh ENVIRONMENT, which has Python and uv.
# All extras are resolved together, for every system and every Python from 3.11 on; each file is a part of that.
# `make run` and the image can do all that the product can, so the extra `tls` is in run.txt, and in what is added to it.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1/bin
all=$1/all.txt

of_project() { "$bin/python" -c "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb')); print(*$1, sep='\n')"; }
lock() {
  "$bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command "make pins" "$@" >/dev/null
}

of_project "project['build-system']['requires']" >"$1/build.in"
lock pyproject.toml --all-extras "$1/build.in" --output-file "$all"

mkdir -p requirements
lock "$1/build.in" --constraint "$all" --output-file requirements/build.txt
lock pyproject.toml --extra tls --constraint "$all" --output-file requirements/run.txt
for extra in $(of_project "project['project']['optional-dependencies'].keys() - {'tls'}"); do
  lock pyproject.toml --extra tls --extra "$extra" --constraint "$all" --output-file "requirements/$extra.txt"
done
