#!/usr/bin/env bash
# Prepares a clone for building: fetches the prebuilt DuckDB library (compiling its C++ takes half an hour on
# two cores, see docs/decisions/0003), writes .cargo/config.toml, which tells cargo where it lies, and looks for
# PostgreSQL's programs, with which tests start servers of their own. The S3 server of the tests is installed, too.
# Safe to run again: it does nothing when everything is in place.
set -euo pipefail
cd "$(dirname "$0")/.."

VERSION=1.5.6-r.1
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64)  PLATFORM=linux-x64 ;;
  Linux-aarch64) PLATFORM=linux-arm64 ;;
  Darwin-x86_64) PLATFORM=darwin-x64 ;;
  Darwin-arm64)  PLATFORM=darwin-arm64 ;;
  *) echo "setup: no prebuilt DuckDB for $(uname -s)-$(uname -m); build with: cargo build --features bundled" >&2; exit 1 ;;
esac
# sha512 of the npm package where we have reviewed it; npm itself checks the registry's own sum for the others
WANT=""
[ "$PLATFORM" = linux-x64 ] && WANT="sha512-IXcrZJE6kEqM0Z4wwdVnGBHX/frOS33VPNAwDXQ/Q+Fs84b058Qe94chrCCIcNJlG8Y3UHIUU4eBeCQxW5mN1Q=="

CACHE="${NETGAIN_BUILD_CACHE:-$HOME/.cache/netgain}/duckdb-$VERSION-$PLATFORM"
if ! ls "$CACHE"/libduckdb.* >/dev/null 2>&1; then
  command -v npm >/dev/null || { echo "setup: npm is needed to fetch the DuckDB library (install Node.js 20 or later)" >&2; exit 1; }
  work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack "@duckdb/node-bindings-$PLATFORM@$VERSION" --silent >/dev/null)
  if [ -n "$WANT" ]; then
    got="sha512-$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 | tr -d '\n')"
    [ "$got" = "$WANT" ] || { echo "setup: the DuckDB package's checksum is $got, expected $WANT" >&2; exit 1; }
  fi
  tar xzf "$work"/*.tgz -C "$work"
  mkdir -p "$CACHE.part"
  cp "$work"/package/libduckdb.* "$work"/package/LICENSE "$CACHE.part/"
  rm -rf "$CACHE" && mv "$CACHE.part" "$CACHE"
fi

mkdir -p .cargo
config=$(cat <<CONFIG
# Written by scripts/setup.sh; not committed.
[env]
DUCKDB_LIB_DIR = "$CACHE"
DUCKDB_INCLUDE_DIR = "$CACHE"

[build]
rustflags = ["-C", "link-arg=-Wl,-rpath,$CACHE", "-C", "link-arg=-Wl,-rpath,@ORIGIN@"]

[alias]
xtask = "run --quiet --package xtask --"
CONFIG
)
case "$PLATFORM" in
  darwin-*) config=${config//@ORIGIN@/@loader_path} ;;
  *)        config=${config//@ORIGIN@/\$ORIGIN} ;;
esac
# rewriting an unchanged file would make cargo build everything again
[ -f .cargo/config.toml ] && [ "$(cat .cargo/config.toml)" = "$config" ] || printf '%s\n' "$config" > .cargo/config.toml

has_postgres() {
  ls /usr/lib/postgresql/*/bin/initdb /usr/pgsql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb \
    /usr/local/opt/postgresql*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null
}
if ! has_postgres; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing PostgreSQL, which tests start for themselves"
    # no cluster of the system's own is made or started
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
      echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold postgresql; } >/dev/null ||
      echo "setup: PostgreSQL could not be installed; tests that need it fail unless NETGAIN_SKIP_POSTGRES=1" >&2
  else
    echo "setup: PostgreSQL is not installed: install the package \`postgresql\` (its server need not run)," \
      "or leave its tests out with NETGAIN_SKIP_POSTGRES=1" >&2
  fi
fi

if command -v python3 >/dev/null; then
  scripts/s3-server.sh --install </dev/null ||
    echo "setup: the S3 server of the tests could not be installed; tests that need it fail unless NETGAIN_SKIP_S3=1" >&2
else
  echo "setup: python3 is not installed: tests of the archive on S3 fail unless NETGAIN_SKIP_S3=1" >&2
fi
