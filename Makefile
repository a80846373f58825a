# Everything a contributor runs. Needs Node 20 (or later), npm and make; the rest is installed by the first target.

.PHONY: demo test verify sim mutants bench build gen format lint clean install

BIN := node_modules/.bin
INSTALLED := node_modules/.package-lock.json

demo: build
	@node bin/malha.js demo $(ARGS)

# Builds first, and counts a build that fails as a failed test: the closing line is always there.
test: install
	@node scripts/run-tests.mjs $(ARGS)

verify: install
	@node scripts/verify.mjs

# SEEDS=500 FIRST=1 for many, SEED=42 TRACE=1 for one with everything that happens in it; see docs/testing.md.
sim: install
	@SEEDS=$(SEEDS) FIRST=$(FIRST) SEED=$(SEED) TRACE=$(TRACE) MESSAGES=$(MESSAGES) node scripts/sim.mjs

# ONLY="C3 D1" for some scenarios: each defence is taken out of a copy of the tree, and its tests must notice.
mutants: install
	@ONLY="$(ONLY)" node scripts/mutants.mjs

# How start, memory and snapshots grow with what is booked; ARGS="10000 100000" for some sizes.
bench: build
	@node bench/scale.mjs $(ARGS)

build: install
	@$(BIN)/tsc -b tsconfig.src.json

gen: install
	$(BIN)/buf generate

format: install
	$(BIN)/biome check --write .
	$(BIN)/buf format -w

lint: install
	$(BIN)/biome check .
	$(BIN)/buf lint

clean:
	rm -rf dist coverage node_modules/.cache

install: $(INSTALLED)

# npm writes this file at the end of an install; when it is older than the lock, the lock has changed.
$(INSTALLED): package-lock.json
	npm ci --no-audit --no-fund
	@touch $@
