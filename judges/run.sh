#!/usr/bin/env bash
# Runs the platforms' official clients against the sandbox.
#   judges/run.sh [BINARY]     BINARY (or NETGAIN_BIN): `netgain`, or the sandbox's example `serve`
# Without one the example is built.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
binary=${1:-${NETGAIN_BIN:-}}
# what the judges share
export PYTHONPATH=$here
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
  *)
    command=("$binary" sandbox --json)
    # the judge of our own requests runs the program itself
    export NETGAIN_BIN=$binary
    ;;
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
start open --brand golden --unlimited

if [ ! -x "$here/.venv/bin/python" ]; then
  python3 -m venv "$here/.venv"
fi
requirements=()
for file in "$here"/*/requirements.txt; do requirements+=(-r "$file"); done
"$here/.venv/bin/python" -m pip install --quiet --disable-pip-version-check "${requirements[@]}"

# every folder with a judge.py or judge.mjs is a judge; each prints its counts
result=0
for judge in "$here"/*/judge.py "$here"/*/judge.mjs; do
  [ -e "$judge" ] || continue
  folder=$(dirname "$judge")
  echo "# $(basename "$folder")"
  if [ -n "${NETGAIN_JUDGES:-}" ] && [[ " $NETGAIN_JUDGES " != *" $(basename "$folder") "* ]]; then
    echo "skipped: NETGAIN_JUDGES names others"
    continue
  fi
  case $judge in
    *.py) run=("$here/.venv/bin/python" "$judge") ;;
    *)
      (cd "$folder" && npm ci --silent --no-audit --no-fund)
      run=(node "$judge")
      ;;
  esac
  "${run[@]}" "$work/demo.json" "$work/golden.json" "$work/tight.json" "$work/open.json" || result=1
done
exit $result
