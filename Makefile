# muster: the commands that people and CI use. Each is one line of the README.

.PHONY: help demo test check bench openapi setup soak soak-sim

help:
	@echo "make demo    a simulated town on http://127.0.0.1:8080 (DEMO_SECONDS=30 ends by itself)"
	@echo "make check   format, lints, fast tests: the inner loop"
	@echo "make test    everything: installs what it needs, then all tests"
	@echo "make bench   speed, each figure beside the machine's own floor"
	@echo "make soak    many more seeds of the simulation (SEEDS=2000 FROM=0)"
	@echo "make openapi writes api/openapi.json from the code"

demo:
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

# A C compiler is all that the build needs beside Rust.
setup:
	@command -v cc >/dev/null || { echo "installing a C compiler"; apt-get update -qq && apt-get install -y -qq gcc libc6-dev; }
	@command -v curl >/dev/null || { echo "installing curl"; apt-get update -qq && apt-get install -y -qq curl; }

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --lib

test: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo build -p muster -p muster-loadtest
	cargo test --workspace --no-fail-fast

bench:
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest bench $(BENCH_ARGS)

soak: soak-sim

soak-sim:
	cargo run -q -p muster-core --example sim -- --seeds $(or $(SEEDS),2000) --from $(or $(FROM),0)

openapi:
	cargo run -q -p muster -- openapi > api/openapi.json
