# Everything from a fresh clone: only Python 3.11 to 3.13 and make are needed. uv is used where it is installed.
SHELL := /bin/bash
ifndef PYTHON
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
endif
UV := $(shell command -v uv)
BIN := .venv/bin
WORKERS ?= 2
SPEED ?= 4
CHROMIUM := $(or $(MILLWRIGHT_CHROMIUM),/usr/bin/chromium)

.PHONY: help install demo test browser lint bench console clean

help:            ## Show what there is.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed  ## Make .venv in this folder and install Millwright into it.

demo: .venv/.installed     ## Nine months of real flights through the whole loop; SPEED=1 plays every flight.
	@$(BIN)/mw demo --speed $(SPEED) $(ARGS)

# Tests start many interpreters: where a shell forbids them to keep what they compile, each would do so anew.
test browser: export PYTHONDONTWRITEBYTECODE =

test: lint                 ## Lint, types, layers, and all tests; those in a browser where there is one.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -q --ignore tests/console
	@if [ -x "$(CHROMIUM)" ]; then $(MAKE) --no-print-directory browser; \
	else echo "tests/console was left out: there is no browser at $(CHROMIUM) (MILLWRIGHT_CHROMIUM names another)"; fi

browser: .venv/.dev        ## The console in a real browser (Debian's chromium, or MILLWRIGHT_CHROMIUM), in a process of its own.
	MILLWRIGHT_BROWSER=1 $(BIN)/pytest -q tests/console

lint: .venv/.dev           ## Style, types and the arrows between the rooms.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@for part in foundation loop monitor search serving; do MYPYPATH=benchmarks:benchmarks/$$part:src $(BIN)/mypy benchmarks/$$part/run.py || exit 1; done
	MYPYPATH=benchmarks:benchmarks/loop:benchmarks/monitor:src $(BIN)/mypy $(filter-out %/evidently_once.py,$(wildcard benchmarks/monitor/*.py))
	MYPYPATH=benchmarks:benchmarks/console:benchmarks/loop:src $(BIN)/mypy benchmarks/console/run.py benchmarks/console/using.py
	$(BIN)/lint-imports

bench: .venv/.dev          ## Print the benchmark figures; exits 1 where a bar is missed.
	@failed=0; for part in foundation loop; do $(BIN)/python benchmarks/$$part/run.py || failed=1; done; exit $$failed

console:                   ## Build the console's pages anew (needs Node 20 or newer); what it makes is committed.
	scripts/build_console.sh

clean:                     ## Remove what the targets above made.
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11, 3.12 or 3.13 is needed and none was found"; exit 1; }
ifdef UV
	@uv venv -q --python $(PYTHON) .venv
else
	@$(PYTHON) -m venv .venv
endif

ifdef UV
INSTALL := uv pip install -q --python .venv/bin/python
else
# A pip that knows dependency groups, also where .venv was made by another hand.
INSTALL := $(BIN)/python -m pip install -q --disable-pip-version-check --upgrade 'pip>=25.1' && \
	$(BIN)/python -m pip install -q --disable-pip-version-check
endif

.venv/.installed: pyproject.toml | .venv/bin/python
	@start=$$(date +%s); echo "Installing into .venv (downloads what is not cached) ..."; \
	$(INSTALL) -e . && echo "Installed in $$(( $$(date +%s) - start )) s." && touch $@

.venv/.dev: pyproject.toml .venv/.installed
	@$(INSTALL) -e . --group dev && touch $@
