# `make demo` and `make test` do everything from a fresh clone; each target makes or reuses .venv.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
OUT ?= demo-out
# What the demonstration predicts by; another folder of a saved model may be named.
MODEL ?= data/models/alkali-direct
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# Every file is checked against its hash; what is not in the lock is not installed.
LOCKED := $(PIP) --no-deps --require-hashes
# One OpenMP thread each: the fleet puts one process on every core.
export OMP_NUM_THREADS ?= 1
export MLFLOW_DISABLE_TELEMETRY := true
# Compiled once, not in each of the many processes that tests and campaigns start.
unexport PYTHONDONTWRITEBYTECODE
# Two files of tests at a time: many of them wait for a worker, a browser or a time limit.
# A process of theirs that dies ends the run and names its test: pytest-xdist 3.8 starts another one
# that waits for ever (pytest-dev/pytest-xdist#784).
TESTS_AT_ONCE ?= 2
PYTEST := $(BIN)/python -m pytest -q -n $(TESTS_AT_ONCE) --dist loadfile --max-worker-restart 0
# Browser libraries, by version and hash; what npm cannot fetch is left out, and said.
PAGES := services/sekkei_service/pages
FETCH := $(PYTHON) deploy/fetch_pages.py

.PHONY: help install install-dev pages demo demo-tiny serve test test-all test-guard coverage check lint types format lock docs changelog docs-site clean

help:  ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/.installed  ## the library with its DFT engine, in .venv
install-dev: $(VENV)/.installed-dev  ## and what the tests and checks need

$(VENV)/bin/python:
	@echo "[install] making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --upgrade --constraint constraints.txt pip

# torch by version, since its builds and their hashes differ from place to place (decision 0025).
$(VENV)/.installed: pyproject.toml constraints.txt requirements/lock.txt deploy/gpaw_siteconfig.py | $(VENV)/bin/python
	@echo "[install] Sekkei and its libraries (about two minutes the first time)"
	@$(PIP) --constraint constraints.txt torch
	@$(LOCKED) --requirement requirements/lock.txt
	@$(PIP) --no-deps --build-constraint constraints.txt --editable .
	@deploy/install_gpaw.sh $(BIN)/python
	@$(BIN)/python -m pip check
	@$(FETCH) $(PAGES)/vendor.json $(PAGES)/static/vendor
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.txt
	@echo "[install] what the tests and checks need"
	@$(LOCKED) --requirement requirements/dev.txt
	@$(FETCH) tests/services/pages/vendor.json tests/services/pages/vendor
	@touch $@

pages:  ## fetch the browser libraries of the service's pages, from npm
	@$(FETCH) $(PAGES)/vendor.json $(PAGES)/static/vendor

demo: install  ## the whole loop on this machine, into $(OUT)
	@$(BIN)/sekkei demo --model $(MODEL) --out $(OUT)

demo-tiny: install  ## the same with as little as possible, about two minutes
	@$(BIN)/sekkei demo --tiny --model $(MODEL) --out demo-tiny-out

serve: install pages  ## the service on the lake of the demonstration, for this machine only
	@$(BIN)/sekkei serve --local --lake $(OUT)/lake

test: install-dev  ## every test that takes less than about five seconds
	@$(PYTEST) -m "not slow"

test-all: install-dev  ## every test
	@$(PYTEST)

# Guards are slow laws that keep the house in order: what a label is, who may load what.
test-guard: install-dev  ## every quick test, and the slow laws that guard the house
	@$(PYTEST) -m "not slow or guard"

coverage: install-dev  ## which lines and branches the quick tests run; a page in coverage-out, no gate
	@$(BIN)/python -m pytest -q -m "not slow" --cov --cov-report=term:skip-covered --cov-report=html:coverage-out

check: lint types  ## style, spelling, types, import contracts, declared and locked dependencies
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/deptry platform services
	@$(BIN)/python -m pytest -q tests/architecture/test_lock.py tests/architecture/test_internals.py

lint: install-dev  ## ruff and codespell
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/codespell --toml pyproject.toml

types: install-dev  ## mypy, strict
	@$(BIN)/mypy --no-error-summary

format: install-dev  ## rewrite the code in the house format
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

# Keeps what it finds in the files, unless a range of pyproject.toml forbids it; UPGRADE=1 keeps nothing.
lock: install-dev  ## choose the versions of requirements/ and constraints.txt again
	@deploy/lock.sh $(BIN) $(if $(UPGRADE),--upgrade)

docs: install-dev  ## check that every command and reference table in the docs is true
	@$(BIN)/python -m pytest -q tests/architecture tests/docs --doctest-modules platform

changelog: install-dev  ## show what the next release will say
	@$(BIN)/towncrier build --draft --version next

docs-site: install-dev  ## the documents and the API as pages that need no network, in docs-out
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs docs-out
	@echo "[docs] open docs-out/index.html"

clean:  ## remove what the targets above made, but no results
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis demo-tiny-out docs-out docs/reference/api coverage-out
