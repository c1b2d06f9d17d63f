#!/usr/bin/env bash
# Runs a command beside the container engine of ../shared/tools/docker-probe.sh, where that has kept it (KEEP=1):
#
#   bash .ci/in-engine.sh KEPT COMMAND...
#
# The engine starts as it did for the probe, with the images that it made, `mockcliq` among them. Its ports
# are published in a network namespace of its own, so the command runs in that, too. The engine ends with the command.
set -euo pipefail
kept=$1
shift

export PATH=$kept/bin:$PATH:/usr/sbin:/sbin DOCKER_HOST=unix://$kept/docker.sock DOCKER_CONFIG=$kept/cfg
W=$kept BR='' unshare --mount --propagation private --pid --mount-proc --net --fork --kill-child \
  bash "$kept/init.sh" >"$kept/dockerd-pages.log" 2>&1 &
outer=$!

end() {
  [ -z "${init:-}" ] || kill -TERM "$init" 2>/dev/null || true # it ends the engine, then itself
  for _ in $(seq 120); do kill -0 "$outer" 2>/dev/null || break; sleep 0.25; done
  kill -KILL "$outer" 2>/dev/null || true
  wait "$outer" 2>/dev/null || true
}
trap end EXIT

for _ in $(seq 120); do docker version >/dev/null 2>&1 && break; sleep 0.5; done
init=$(tr -d ' ' <"/proc/$outer/task/$outer/children")
docker version --format 'engine {{.Server.Version}}' || { tail -5 "$kept/dockerd-pages.log"; exit 1; }
nsenter --target "$init" --net "$@"
