# Two commands matter: `make run` and `make test`. Both do all the set-up there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Compiled modules make a start three times as fast; they lie with the environment, and the sources stay clean.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache

.PHONY: run test check setup lock format clean

run: $(VENV)/.run
	@$(BIN)/python -m app run

test: $(VENV)/.dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash ops/check.sh

setup: $(VENV)/.dev

# Locked versions with hashes; uv itself comes hash-checked through pip.
$(BIN)/uv: requirements/uv.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock
	@touch $@

$(VENV)/.run: $(BIN)/uv requirements/run.lock sdk/python/pyproject.toml
	@test -e $(VENV)/.dev || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@test -e $(VENV)/.dev || $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable sdk/python
	@touch $@

$(VENV)/.dev: $(BIN)/uv requirements/dev.lock sdk/python/pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable sdk/python
	@touch $@

format: $(VENV)/.dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(BIN)/uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml -o requirements/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url pyproject.toml --group dev -c requirements/run.lock -o requirements/dev.lock

clean:
	@! test -x $(BIN)/python || $(BIN)/python -m kernel.embedded remove
	@rm -rf $(VENV) .data .mypy_cache .ruff_cache .pytest_cache .hypothesis
