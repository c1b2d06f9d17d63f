# Every target sets up what it needs in .venv, from requirements/: exact versions with their hashes.
#   make run ARGS="--world empty --port 0"    make test ARGS="-k pin"    make test PYTHON=python3.13

PYTHON ?= python3
ARGS   ?=

SHELL  := bash
BIN    := .venv/bin
# What is installed: the product alone, and beside it what development, long generated tests, benchmarks and the site need.
RUN    := .venv/.run
DEV    := .venv/.dev
FUZZ   := .venv/.fuzz
BENCH  := .venv/.bench
DOCS   := .venv/.docs
NPM    := build/npm
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# Without bytecode, which Python makes of what it loads: a third of what all of it would take.
LOCKED := install --no-compile --require-hashes --requirement requirements/

# A line for each package of what pip tells.
PACKAGES = awk '/^(Collecting|Processing) / { sub(".*/", "", $$2); printf "  %d %s\n", ++n, $$2; fflush() } /^Installing/ { print "  installing" }'

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow check lint lint-js format attack bench docs durability schemathesis fuzz container pictures pins clean

help: ## Show what there is to do
	@awk -F ': .*## ' '/^[a-z-]+: .*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

$(RUN): pyproject.toml requirements/build.txt requirements/run.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "MockCliq needs Python 3.11 or newer, and $(PYTHON) is %d.%d: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=python3.12" % v[:2])'
	@echo "Setting up .venv: $$(grep -c == requirements/run.txt) packages (once, and again when requirements/ or pyproject.toml change)"
	@$(PYTHON) -m venv .venv
	@set -o pipefail; $(PIP) $(LOCKED)run.txt --requirement requirements/build.txt | $(PACKAGES)
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# With bytecode, since tests run programs that may not write, or only a little.
$(DEV) $(FUZZ) $(BENCH) $(DOCS): .venv/.%: requirements/%.txt $(RUN)
	@echo "Adding $< to .venv"
	@set -o pipefail; $(PIP) $(LOCKED)$*.txt | $(PACKAGES)
	@$(BIN)/python -m compileall -q -j 0 .venv/lib || true  # some packages carry files for other Pythons
	@touch $@

setup: $(DEV) $(BENCH) ## Make .venv with all that tests and linters need

run: $(RUN) ## Serve the demo world on port 2547; ARGS go to `mockcliq serve`
	@echo "The command is $(BIN)/mockcliq: $(BIN)/mockcliq --help"
	@$(BIN)/mockcliq serve $(ARGS)

# The daily lane has what is quick; of the paths that ARGS names, all tests.
test: $(DEV) ## Run the tests of the daily lane, in parallel; ARGS go to pytest
	@$(BIN)/pytest -n auto $(if $(findstring tests/,$(ARGS)),,-m "not slow") $(ARGS)

test-slow: $(DEV) ## Run the second lane: what is slow, and the generated tests for longer; ARGS go to pytest
	@$(BIN)/pytest -n auto -m "slow or hypothesis" --hypothesis-profile=whole $(ARGS)

check: lint lint-js test test-slow ## All that a change must pass: the linters, then the tests of both lanes

lint: $(DEV) $(BENCH) ## Formatting, ruff, mypy and the import contracts
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

format: $(DEV) ## Rewrite the code in the project's format, with ruff's safe fixes
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: $(DEV) $(BENCH) ## Measure everything (ARGS=--quick: what takes a minute); ARGS go to `python -m benchmarks`
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(DOCS) ## Build the documentation's site in build/site; every link must lead somewhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

durability: $(DEV) ## Kill a hundred servers in the midst of writes; ARGS go to pytest
	@$(BIN)/pytest -n auto --kills 100 $(ARGS) tests/test_durability.py

attack: $(DEV) ## Attack servers by what grows, floods, hides and forks, and print what they stood; ARGS go to `python -m benchmarks.attack`
	@$(BIN)/python -m benchmarks.attack $(ARGS)

schemathesis: $(FUZZ) ## Throw generated requests at a running server; ARGS go to `schemathesis run`
	@bash .ci/schemathesis.sh $(ARGS)

fuzz: $(DEV) $(FUZZ) ## All generated tests, for long and from a new SEED; ARGS go to pytest
	@seed=$${SEED:-$$(date +%s)}; echo "again: make fuzz SEED=$$seed"; \
	$(BIN)/pytest -n auto -m hypothesis --hypothesis-profile=fuzz --hypothesis-seed=$$seed $(ARGS) && \
	bash .ci/schemathesis.sh --max-examples 500 --seed $$seed

container: ## Build the image and serve from it on 127.0.0.1:2547 (needs Docker)
	@docker compose up --build

pictures: $(DEV) ## Take the documentation's pictures of the console anew; ARGS=FOLDER: every part, at three sizes (needs chromium)
	@$(BIN)/python -m tests.pictures $(ARGS)

pins: ## Renew requirements/ with the newest versions that pyproject.toml allows, and their hashes (by uv)
	@rm -rf build/pins
	@$(PYTHON) -m venv build/pins
	@build/pins/bin/python -m pip --quiet --disable-pip-version-check install uv
	@bash .ci/pins.sh build/pins
	@rm -rf build/pins

clean: ## Remove .venv and everything else that the targets made
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
