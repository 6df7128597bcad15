# Everything installs into .venv below this directory and leaves nothing outside the checkout but the
# package cache of uv. Needs git, make and python3 (3.11 or newer).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Bytecode that may not be written makes every start of Python three to four times dearer.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
UV := .tools/bin/uv

.PHONY: help install demo test lint docs prove bench clean

help: ## Say what there is.
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

install: .venv/.installed ## Make .venv with modelbot in it, from locked packages.

.tools/.installed: requirements-tools.lock
	@echo "==> uv, by pip"
	@rm -rf .tools && python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.lock
	@touch $@

.venv/.installed: .tools/.installed requirements.lock pyproject.toml
	@echo "==> .venv, from requirements.lock"
	@$(UV) venv --quiet --allow-existing --python python3 .venv
	@$(UV) pip sync --quiet --python .venv --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## Run the whole loop on localhost and write pages to open in a browser.
	@$(BIN)/modelbot demo

lint: install ## Ruff, mypy, import contracts.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: install ## Write the policy's JSON Schema and reference anew, from the grammar.
	@$(BIN)/python docs/write.py

DECIDING := tests/unit tests/usecases tests/golden tests/security

test: lint ## Lint, then every test; coverage of the rooms that decide; the ten slowest of each half.
	@$(BIN)/coverage erase
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --cov --cov-report=term:skip-covered $(DECIDING)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/e2e tests/contract tests/faults tests/browser

prove: install ## The long suites: hostile strings, random orders of two promotions, how often the gate is wrong, mutants.
	@PROVE=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 tests/unit/report/test_encode.py tests/faults tests/prove tests/browser
	@$(BIN)/python tests/mutants/run.py

bench: install ## What modelbot itself costs, in seconds and in calls.
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/gate.py
	@$(BIN)/python benchmarks/promotion.py
	@$(BIN)/python benchmarks/pipeline.py
	@$(BIN)/python benchmarks/ledger.py

clean: ## Remove what install, test and demo made.
	@rm -rf .venv .tools .modelbot .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
