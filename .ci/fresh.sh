#!/usr/bin/env bash
# A stranger's machine: an empty environment gets the built package, pytest and xdist, and runs what the README shows.
set -euo pipefail
cd "$(dirname "$0")/.."

checkout=$PWD
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export PIP_CONSTRAINT=$PWD/constraints.txt PIP_BUILD_CONSTRAINT=$PWD/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1

python3 -m venv "$here/env"
"$here/env/bin/pip" --quiet install . pytest pytest-xdist

# The README's suite as it stands, and seven times more under other names, so that the workers have something to share.
for number in 1 2 3 4 5 6 7 8; do
  awk '/^```python$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md |
    awk '/^# [a-z_]+\.py$/ { file = $2; next } file == "test_bot.py"' >"$here/test_bot_$number.py"
done

cd "$here"
unset PIP_CONSTRAINT PIP_BUILD_CONSTRAINT
env/bin/python -m pytest -q -n 2 . | tee said
grep -q '^8 passed' said
env/bin/mockcliq --version

# The console is there as it is here, file by file.
diff -r "$checkout/mockcliq/ui/static" "$(env/bin/python -c 'import mockcliq.ui; print(*mockcliq.ui.__path__)')/static"
