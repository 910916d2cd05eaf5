# The only command surface. Every target works on a fresh clone with Python 3.11 or newer, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Some machines switch byte-code off, which makes every start of every process several times slower.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo up test test-postgres16 check bench migrate clean
.DEFAULT_GOAL := demo

$(VENV)/.runtime: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Billwright needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --requirement requirements.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --requirement requirements-dev.txt
	touch $@

demo: $(VENV)/.runtime  ## set up and run one billing day for two practices
	$(BIN)/billwright demo

up: $(VENV)/.runtime  ## start database, web, worker, scheduler and sandbox; Ctrl-C stops them
	$(BIN)/billwright up

migrate: $(VENV)/.runtime  ## bring the database to this version
	$(BIN)/billwright migrate

check: $(VENV)/.dev  ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src migrations bench
	$(BIN)/lint-imports

test: check  ## everything a change must pass
	$(BIN)/python -m tests.browser_setup
	$(BIN)/pytest -n 2 --dist loadfile

test-postgres16: $(VENV)/.dev  ## what needs a database once more, on the oldest server we support
	TEST_POSTGRES_VERSION=16 $(BIN)/pytest -n 2 --dist loadfile -m "database and not slow and not browser"

bench: $(VENV)/.dev  ## speeds beside their floors
	$(BIN)/python -m bench

clean:
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
