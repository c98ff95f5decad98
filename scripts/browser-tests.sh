#!/usr/bin/env bash
# Runs the browser tests against the demo: two years of a made-up shop, read from the emulated platforms.
#   scripts/browser-tests.sh NETGAIN_BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
# tests start servers of their own with it
binary=$(realpath "$1")
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT

chromium=${CHROMIUM_PATH:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    chromium=$(command -v chromium)
  else
    echo "browser tests: install Chromium, or say where one is with CHROMIUM_PATH" >&2
    exit 1
  fi
fi
export CHROMIUM_PATH=$chromium

export NETGAIN_HOME=$work/home
"$binary" demo --port 0 2>"$work/demo.log" &
server=$!
address_after() { sed -n "s|.*$1 \(http://[0-9.]*:[0-9]*\).*|\1|p" "$work/demo.log"; }
# the pages are there at once; the tests want the whole of the demo's data: the cost sheet, the ads and the shop
for _ in $(seq 600); do
  address=$(address_after 'answers at')
  if [ -n "$address" ]; then
    states=$(curl -s "$address/api/v1/workspaces/demo/connections" | { grep -o '"state":"ok","last_sync_at":"' || true; } | wc -l)
    [ "$states" -ge 3 ] && break
  fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
[ "${states:-0}" -ge 3 ] || { echo "browser tests: the demo was not loaded" >&2; cat "$work/demo.log" >&2; exit 1; }
world=$(address_after 'read from')
# a second workspace of a merchant who bills by the month: the demo's own shop does not
mapfile -t access < <(curl -s "$world/control/ready" | node -e '
  const ready = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const { base_url, fields, secrets } = ready.platforms.stripe;
  const named = (flag, values) => Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const { currency, time_zone } = ready.world;
  const words = ["--base-url", base_url, "--currency", currency, "--time-zone", time_zone];
  console.log([...words, ...named("--field", fields), ...named("--secret", secrets)].join("\n"));')
"$binary" connect stripe --workspace subscriptions "${access[@]}" >/dev/null
"$binary" sync --workspace subscriptions >/dev/null
cd web
NETGAIN_BIN=$binary NETGAIN_BILLED=subscriptions NETGAIN_URL=$address NETGAIN_WORLD=$(address_after 'read from') npm run e2e --silent
