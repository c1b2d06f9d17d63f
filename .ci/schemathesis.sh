#!/usr/bin/env bash
# Generated requests against a running server: every phase, every check, the same requests each time.
# Limits are off, because it asks thousands of times; arguments go to `schemathesis run`, schemathesis.toml has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=.venv/bin
log=$(mktemp)
port=$("$bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port

MOCKCLIQ_RATE_LIMIT=off "$bin/mockcliq" serve --port "$port" --world demo --seed 1 >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT

until "$bin/mockcliq" wait --url "$url" --timeout 2 2>/dev/null; do
  if ! kill -0 "$server" 2>/dev/null || [ "$SECONDS" -ge 60 ]; then
    cat "$log"
    echo "the server does not serve"
    exit 1
  fi
done

verdict=0
fuzz() { # DOCUMENT ARGUMENTS...
  local document=$url$1
  shift
  "$bin/schemathesis" --no-color run "$document" \
    --header "Authorization: Bearer 1000.mockcliq.owner" \
    --checks all --phases examples,coverage,fuzzing,stateful --mode all \
    --max-examples 50 --seed 2547 --generation-database none \
    --continue-on-failure --request-timeout 10 "$@" || verdict=$?
}
# Whoever has left a chat is refused everything in it, and leaving is what would be tried first. So: once without it, then all,
# which the first has tried nearly all of. `make fuzz` tries ten times as much, and other things each time.
fuzz /openapi.json --exclude-operation-id leave_chat "$@"
fuzz /openapi.json --max-examples 20 "$@"
# The control API comes last: it leaves faults, clocks and limits of any kind. A stream of events has no end to wait for;
# verify and the messages take as long as they are asked to.
fuzz /_mockcliq/openapi.json --max-examples 30 --exclude-path-regex '(/stream|/verify|^/messages)$' "$@"

kill -TERM "$server"
ended=0
wait "$server" || ended=$?
if [ "$ended" != 0 ]; then
  echo "the server ended with $ended instead of 0"
  verdict=1
fi
if grep -q '^Traceback' "$log"; then
  echo "the server logged a traceback:"
  grep -A 30 -m 1 '^Traceback' "$log"
  verdict=1
fi
exit "$verdict"
