#!/usr/bin/env bash
# A stranger's machine: an empty environment gets the built package, pytest and xdist, and runs what the README shows. Then
# another one gets the package without its dependencies, and uses the server of the first.
set -euo pipefail
cd "$(dirname "$0")/.."

checkout=$PWD
here=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$here"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
tools=(--constraint "$here/tools.txt" pytest pytest-xdist)
sed -E '/^ *--hash/d; s/ \\$//' requirements/dev.txt >"$here/tools.txt"

python3 -m venv "$here/env"
"$here/env/bin/pip" --quiet install --require-hashes --requirement requirements/run.txt --requirement requirements/build.txt
"$here/env/bin/pip" --quiet wheel --no-deps --no-build-isolation --wheel-dir "$here" .
"$here/env/bin/pip" --quiet install "$here"/mockcliq-*.whl "${tools[@]}"

# The README's suite as it stands, and seven times more under other names, so that the workers have something to share.
for number in 1 2 3 4 5 6 7 8; do
  awk '/^```python$/ { inside = 1; next } /^```$/ { inside = 0 } inside' README.md |
    awk '/^# [a-z_]+\.py$/ { file = $2; next } file == "test_bot.py"' >"$here/test_bot_$number.py"
done

cd "$here"
env/bin/python -m pytest -q -n 2 . | tee said
grep -q '^8 passed' said
env/bin/mockcliq --version

# The console is there as it is here, file by file.
diff -r "$checkout/mockcliq/ui/static" "$(env/bin/python -c 'import mockcliq.ui; print(*mockcliq.ui.__path__)')/static"

echo "the client and the plugin alone:"
python3 -m venv alone
alone/bin/pip --quiet install --no-deps mockcliq-*.whl
alone/bin/pip --quiet install "${tools[@]}"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env/bin/mockcliq serve --port "$port" >served 2>&1 &
server=$!
env/bin/mockcliq wait --url "http://127.0.0.1:$port" --timeout 60
MOCKCLIQ_URL=http://127.0.0.1:$port alone/bin/python -m pytest -q -n 2 . | tee said
grep -q '^8 passed' said
! alone/bin/python -m pytest -q test_bot_1.py >said 2>&1
grep -E "^E? *(Failed: )?MockCliq: .*pip install mockcliq" said
