#!/usr/bin/env bash
# Whether the lower bounds of pyproject.toml are true: an environment of exactly these versions passes the tests of what is
# made of them: routes, validation and documents, forms and files, JSON, the demo world and YAML, the store, settings and
# options, uvicorn, the plugin. Other versions change nothing in the rest of our own. On Python 3.11, the oldest; some of these
# versions know no newer one.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(command -v python3.11) || { echo "skipped: no python3.11"; exit 0; }
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1

"$python" - >"$here/lowest.txt" <<'PYTHON'
import re
import tomllib

with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)["project"]
for each in project["dependencies"] + project["optional-dependencies"]["tls"]:
    name, version = re.match(r"([\w-]+)>=([\w.]+)", each).groups()
    print(f"{name}=={version}")
PYTHON
cat "$here/lowest.txt"

# The tests' own tools are those of every other lane, save for what the product has a say in.
grep -hoE '^[a-z0-9-]+==' requirements/run.txt | sort -u >"$here/ours.txt"
sed -E '/^ *--hash/d; s/ \\$//' requirements/dev.txt | grep -vFf "$here/ours.txt" >"$here/tools.txt"

"$python" -m venv "$here/env"
"$here/env/bin/pip" --quiet install --constraint "$here/lowest.txt" --constraint "$here/tools.txt" --editable '.[tls]' \
  authlib freezegun httpx hypothesis jsonschema openapi-spec-validator pytest pytest-randomly pytest-xdist requests-oauthlib
"$here/env/bin/pip" check
"$here/env/bin/pytest" -q -n auto -p no:cacheprovider -m "not slow" "$@" \
  tests/v2/test_{list_direct_chats,posts,files,invalid_input}.py tests/control/test_{problems,worlds,state,requests,requests_stream}.py \
  tests/cli/test_{settings,state}.py tests/seeding tests/http/test_uvicorn.py \
  tests/test_{cli,database,library,openapi,pytest_plugin}.py
