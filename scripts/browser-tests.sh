#!/usr/bin/env bash
# Runs the browser tests against a real server over two years of orders that came in through a file.
#   scripts/browser-tests.sh NETGAIN_BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1
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

# the same orders in every run: seasons, several lines an order, some goods sent back
node -e '
const pad = (number, width = 2) => String(number).padStart(width, "0");
const lines = ["order_id,order_date,sku,description,quantity,unit_price,customer_id"];
let n = 0;
for (let day = 0; day < 700; day++) {
  const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
  for (let o = 0; o < 6 + ((day * 7) % 9); o++) {
    n++;
    const row = (id, hour, line, quantity) =>
      `${id}${pad(n, 6)},${date} ${pad(hour)}:${pad(n % 60)},SKU-${pad((n + line) % 40)},Article ${(n + line) % 40},` +
      `${quantity},${5 + ((n * 3 + line) % 60)}.${pad((n * 37) % 100)},C${(n * 13) % 900}`;
    for (let line = 0; line <= n % 3; line++) lines.push(row("W", 8 + (o % 12), line, 1 + ((n + line) % 4)));
    if (n % 17 === 0) lines.push(row("C", 20, 0, -1));
  }
}
console.log(lines.join("\n"));
' >"$work/orders.csv"
cat >"$work/mapping.yaml" <<'MAPPING'
version: 1
currency: EUR
format:
  delimiter: ","
  date_formats: ["%Y-%m-%d %H:%M"]
  time_zone: Europe/Berlin
orders:
  order_id: order_id
  placed_at: order_date
  sku: sku
  title: description
  quantity: quantity
  unit_price: unit_price
  customer_id: customer_id
  credit_note: { column: order_id, prefix: C }
MAPPING
export NETGAIN_HOME=$work/home
"$binary" import csv "$work/orders.csv" --workspace shop --mapping "$work/mapping.yaml"
"$binary" serve --port 0 2>"$work/serve.log" &
server=$!
for _ in $(seq 100); do
  address=$(grep -o 'http://[0-9.:]*' "$work/serve.log" || true)
  [ -n "$address" ] && break
  sleep 0.1
done
[ -n "$address" ] || { echo "browser tests: the server did not start" >&2; cat "$work/serve.log" >&2; exit 1; }
cd web
NETGAIN_URL=$address npm run e2e --silent
