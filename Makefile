# The commands of this project. `make demo` and `make test` work from a bare clone.
.PHONY: demo build test lint audit bench clean setup web test-rust test-postgres test-web test-browser judges

# everything that the program can do: what takes longer to build is left out of a plain `cargo build`
FULL := --features netgain-cli/full

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)

## builds the program and opens a made-up shop that is read from emulated platforms
demo: build
	$(TARGET)/demo/netgain demo

build: setup web
	cargo build --profile demo --package netgain-cli --features full

## every check and every test
test: setup lint test-rust test-postgres test-web test-browser judges

setup:
	./scripts/setup.sh

web: web/dist/index.html
web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error && touch node_modules
web/dist/index.html: web/node_modules $(shell find web/src web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run build --silent

lint: setup web
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(FULL) --quiet -- -D warnings
	cargo xtask layers
	cargo xtask floats
	@if cargo deny --version >/dev/null 2>&1; \
	then cargo deny --log-level error check bans licenses sources; \
	else echo "cargo-deny is not installed: skipped"; fi
	cd web && npm run lint --silent

## known weaknesses of outside crates; fetches the list of them, so it needs the network and cargo-deny
audit:
	cargo deny check advisories

# the program as the tests build it: any other choice of packages would build outside crates once more
PROGRAM := cargo test --workspace $(FULL) --no-run --quiet

# many tests wait for limits, retries and deliveries, so more of them run than there are cores
test-rust: export RUST_TEST_THREADS ?= 4
test-rust: setup web
	cargo test --workspace $(FULL)

## the suites of the API, the results and the sync once more, with their stores in PostgreSQL
test-postgres: export RUST_TEST_THREADS ?= 4
test-postgres: setup web
	scripts/postgres-tests.sh --workspace $(FULL)

test-web: web/node_modules
	cd web && npm test --silent

## headless Chromium against a real server
test-browser: setup web
	$(PROGRAM)
	scripts/browser-tests.sh $(TARGET)/debug/netgain

## the platforms' official clients against the sandbox
judges: setup
	$(PROGRAM)
	judges/run.sh $(TARGET)/debug/netgain

BENCH := $(TARGET)/demo/examples
## prints JSON lines; a benchmark is never asserted
bench: build
	cargo build --quiet --profile demo --examples -p netgain-cli -p netgain-control -p netgain-providers -p netgain-profit -p netgain-warehouse -p netgain-results $(FULL)
	$(BENCH)/bench_mapping
	$(BENCH)/bench_sync $(TARGET)/demo/netgain
	$(BENCH)/bench_webhooks $(TARGET)/demo/netgain
	$(BENCH)/bench_api $(TARGET)/demo/netgain
	$(BENCH)/bench_sign_in
	$(BENCH)/bench_profit
	$(BENCH)/bench_store
	$(BENCH)/bench_restate

clean:
	rm -rf target web/dist web/node_modules judges/.venv judges/*/node_modules
