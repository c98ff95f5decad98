#!/usr/bin/env bash
# Runs the platforms' official clients against the sandbox.
#   judges/run.sh [BINARY]     BINARY (or NETGAIN_BIN): `netgain`, or the sandbox's example `serve`
# Without one the example is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
binary=${1:-${NETGAIN_BIN:-}}
work=$(mktemp -d)
pids=()
stop() {
  for pid in "${pids[@]:-}"; do [ -n "$pid" ] && kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

if [ -z "$binary" ]; then
  cargo build --quiet --manifest-path "$root/Cargo.toml" -p netgain-sandbox --example serve
  binary=${CARGO_TARGET_DIR:-$root/target}/debug/examples/serve
fi
case $(basename "$binary") in
  serve*) command=("$binary") ;;
  *) command=("$binary" sandbox --json) ;;
esac

# start NAME OPTIONS...: a sandbox on a free port, its ready line in $work/NAME.json
start() {
  local name=$1
  shift
  "${command[@]}" --port 0 "$@" >"$work/$name.json" 2>"$work/$name.log" &
  pids+=($!)
  for _ in $(seq 300); do
    [ -s "$work/$name.json" ] && return 0
    sleep 0.1
  done
  echo "the sandbox $name did not become ready" >&2
  cat "$work/$name.log" >&2
  return 1
}

start demo --brand demo --seed 7 --today 2026-11-21
start golden --brand golden
start tight --brand golden --meta-calls 4

if [ ! -x "$here/.venv/bin/python" ]; then
  python3 -m venv "$here/.venv"
fi
"$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/meta/requirements.txt"
(cd "$here/shopify" && npm ci --silent --no-audit --no-fund)

result=0
echo "# shopify"
node "$here/shopify/judge.mjs" "$work/demo.json" "$work/golden.json" || result=1
echo "# meta"
"$here/.venv/bin/python" "$here/meta/judge.py" "$work/demo.json" "$work/golden.json" "$work/tight.json" || result=1
exit $result
