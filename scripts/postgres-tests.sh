#!/usr/bin/env bash
# Runs the suites of the API, the results and the sync once more with their stores in PostgreSQL, and says how many tests that
# were. Those of the facts and of the control store run on both engines by themselves and are left out.
#   scripts/postgres-tests.sh CARGO_ARGUMENTS
set -euo pipefail
cd "$(dirname "$0")/.."
export NETGAIN_TEST_STORES=postgres

# locked: the lock on a file; backup: of files alone; openapi: no store
left_out=" locked backup openapi "
suites=()
for file in crates/{server,results,sync}/tests/*.rs crates/{server,results,sync}/tests/*/main.rs; do
  [ -e "$file" ] || continue
  name=$(basename "${file%/main.rs}" .rs)
  [[ $left_out == *" $name "* || " ${suites[*]-} " == *" --test=$name "* ]] || suites+=("--test=$name")
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# suites of the same name in other crates have a module for each engine; of the libraries two parts keep facts
cargo test --no-fail-fast "$@" "${suites[@]}" -- --skip sqlite:: --skip postgres:: 2>&1 | tee "$log"
cargo test --quiet "$@" --lib -- committer:: remap:: 2>&1 | tee -a "$log"
awk '/^test result:/ { for (at = 1; at < NF; at++) if ($(at + 1) == "passed;") all += $at }
     # so that a list which has become empty is not taken for a success
     END { print "stores in PostgreSQL: " all " tests passed"; exit all < 100 }' "$log"
