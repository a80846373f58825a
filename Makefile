# Everything a contributor runs. Needs Node 20 (or later), npm and make; the rest is installed by the first target.

.PHONY: demo test verify sim chaos mutants bench build gen format lint clean install

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

# SEED=7 SECONDS=300 NODES=5 for the faults of a seed, SCHEDULE=failpoints for those of a name; see docs/chaos.md.
chaos: build
	@SEED=$(SEED) SECONDS=$(SECONDS) NODES=$(NODES) SCHEDULE=$(SCHEDULE) OUT=$(OUT) DIST=$(DIST) KEEP=$(KEEP) node scripts/chaos.mjs

# ONLY="C3 D1" for some scenarios: each defence is taken out of a copy of the tree, and its tests must notice.
mutants: install
	@ONLY="$(ONLY)" node scripts/mutants.mjs

# malha beside etcd and PostgreSQL, then how malha grows. PEERS=etcd,postgres installs these; ONLY=writes,etcd for a part;
# ONLY=scale ARGS="10000 100000" for some sizes of the second. See docs/benchmarks.md.
bench: build
	@PEERS="$(PEERS)" ONLY="$(ONLY)" node bench/compare.mjs
	@ONLY="$(ONLY)" node bench/run-scale.mjs $(ARGS)

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
