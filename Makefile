# Two commands: `make demo` shows it, `make test` proves it. Needs Python 3.11 or newer, and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# What it needs to run, and what it needs to be worked on.
DEMO   := $(VENV)/.demo
READY  := $(VENV)/.ready
# How much of the long proofs `make soak` runs: 1 is all of it, 0.1 a tenth.
SOAK   ?= 1
# How many tests run at the same time.
WORKERS ?= 2

# The tests start the program some hundred times, which is not to be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

# Both editable installs would warn that our data folders are named like packages; they are, on purpose.
PIP = PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location
# amount(N): N times SOAK, as a whole number.
amount = $$($(BIN)/python -c 'print(max(1, round($(1) * $(SOAK))))')

.DEFAULT_GOAL := help
.PHONY: help demo test lint docs pictures bench bench-full soak clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r name text; do \
		printf '  make %-11s %s\n' "$$name" "$$text"; done

demo: $(DEMO) ## See it work: a shop, a receiver and a bad day, in seconds
	@$(BIN)/epcc-emulator demo

test: lint ## Prove it: ruff, mypy --strict, import-linter, pytest (PYTEST_ARGS='-k word' picks)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: $(READY) ## The part of `make test` that reads the code without running it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: $(DEMO) ## Write docs/cli.md, docs/api.md, docs/faults/, the tables of docs/tui.md and the JSON Schemas anew, from the code
	@$(BIN)/python -m emulator.cli.reference
	@$(BIN)/python -m emulator.cli.api_page
	@$(BIN)/python -m emulator.cli.fault_pages
	@$(BIN)/python -m emulator.cli.schemas
	@$(BIN)/python -m emulator.cli.tui_page

pictures: $(DEMO) ## Draw the pictures of the dashboard anew, from a recorded journal
	@$(BIN)/python -m emulator.cli.pictures

bench: $(READY) ## Measure it: each figure beside its ceiling
	@$(BIN)/python -m benchmarks

bench-full: $(READY) ## The same, with a million deliveries for the memory (some minutes)
	@$(BIN)/python -m benchmarks --full

soak: $(READY) ## The long proofs: a thousand kills and lives, a million deliveries (SOAK=0.1 for a tenth)
	@EPCC_EMULATOR_TEST_KILLS=$(call amount,1000) EPCC_EMULATOR_TEST_SEEDS=$(call amount,250) \
		EPCC_EMULATOR_TEST_EVENTS=$(call amount,250000) \
		$(BIN)/python -m pytest -m soak -n $(WORKERS) $(PYTEST_ARGS)
	@$(BIN)/python -m benchmarks.memory $(call amount,1000000)

clean: ## Remove everything that was made here, the virtual environment included
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(DEMO): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is older or missing. Name another one: make $(or $(MAKECMDGOALS),demo) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up $(VENV) (once; about half a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(READY): $(DEMO)
	@echo "Adding what the tests need (once)"
	@$(PIP) --upgrade 'pip>=25.1'
	@$(PIP) --editable '.[test]' --group dev
	@touch $@
