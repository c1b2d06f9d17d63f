# Every target sets up what it needs: a virtual environment in .venv with the versions of constraints.txt.
#   make run ARGS="--world empty --port 0"    make test ARGS="-k pin"    make test PYTHON=python3.13

PYTHON ?= python3
ARGS   ?=

BIN    := .venv/bin
STAMP  := .venv/.installed
# The versions for what is installed, and for what an isolated build installs for itself (older pips read the first for both).
PINNED := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
NPM    := build/npm
PIP    := -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow check lint lint-js format bench docs durability schemathesis fuzz container pictures pins clean

help: ## Show what there is to do
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

$(STAMP): pyproject.toml constraints.txt
	@echo "Setting up .venv (once, and again when pyproject.toml or constraints.txt change)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "MockCliq needs Python 3.11 or newer: make PYTHON=/path/to/it")'
	@$(PYTHON) -m venv .venv
	@$(PINNED) $(BIN)/python $(PIP) install --editable '.[dev,fuzz,bench]'
	@touch $@

setup: $(STAMP) ## Make .venv and install everything in it

run: $(STAMP) ## Serve the demo world on port 2547; ARGS go to `mockcliq serve`
	@$(BIN)/mockcliq serve $(ARGS)

# The daily lane has what is quick; of the paths that ARGS names, all tests.
test: $(STAMP) ## Run the tests of the daily lane, in parallel; ARGS go to pytest
	@$(BIN)/pytest -n auto $(if $(findstring tests/,$(ARGS)),,-m "not slow") $(ARGS)

test-slow: $(STAMP) ## Run the second lane: what is slow, and the generated tests for longer; ARGS go to pytest
	@$(BIN)/pytest -n auto -m "slow or hypothesis" --hypothesis-profile=whole $(ARGS)

check: lint lint-js test test-slow ## All that a change must pass: the linters, then the tests of both lanes

lint: $(STAMP) ## Formatting, ruff, mypy and the import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

lint-js: ## The console's JavaScript: types by TypeScript, format and rules by Biome; skipped without npm
	@if command -v npm >/dev/null; then $(MAKE) --silent $(NPM)/.installed && \
	$(NPM)/node_modules/.bin/tsc && $(NPM)/node_modules/.bin/biome ci --colors=off --error-on-warnings; \
	else echo "skipped: no npm"; fi

$(NPM)/.installed: Makefile
	@npm install --silent --no-audit --no-fund --prefix $(NPM) typescript@7.0.2 @biomejs/biome@2.6.8
	@touch $@

format: $(STAMP) ## Rewrite the code in the project's format, with ruff's safe fixes
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: $(STAMP) ## Measure everything (ARGS=--quick: what takes a minute); ARGS go to `python -m benchmarks`
	@$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/.docs ## Build the documentation's site in build/site; every link must lead somewhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

.venv/.docs: $(STAMP)
	@$(PINNED) $(BIN)/python $(PIP) install --editable '.[docs]'
	@touch $@

durability: $(STAMP) ## Kill a hundred servers in the midst of writes; ARGS go to pytest
	@$(BIN)/pytest -n auto --kills 100 $(ARGS) tests/test_durability.py

schemathesis: $(STAMP) ## Throw generated requests at a running server; ARGS go to `schemathesis run`
	@bash .ci/schemathesis.sh $(ARGS)

fuzz: $(STAMP) ## All generated tests, for long and from a new SEED; ARGS go to pytest
	@seed=$${SEED:-$$(date +%s)}; echo "again: make fuzz SEED=$$seed"; \
	$(BIN)/pytest -n auto -m hypothesis --hypothesis-profile=fuzz --hypothesis-seed=$$seed $(ARGS) && \
	bash .ci/schemathesis.sh --max-examples 500 --seed $$seed

container: ## Build the image and serve from it on 127.0.0.1:2547 (needs Docker)
	@docker compose up --build

pictures: $(STAMP) ## Take the documentation's pictures of the console anew; ARGS=FOLDER: every part, at three sizes (needs chromium)
	@$(BIN)/python -m tests.pictures $(ARGS)

pins: ## Renew constraints.txt with the newest versions that pyproject.toml allows
	@rm -rf build/pins
	@$(PYTHON) -m venv build/pins
	@build/pins/bin/python $(PIP) install '.[dev,fuzz,bench,docs]' hatchling
	@sed '/^[^#]/d' constraints.txt > build/pins/new
	@build/pins/bin/python $(PIP) freeze --exclude mockcliq | LC_ALL=C sort -f >> build/pins/new
	@mv build/pins/new constraints.txt && rm -rf build/pins

clean: ## Remove .venv and everything else that the targets made
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
