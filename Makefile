# PYTHON: the interpreter that the virtual environment is made from. PORT: where the chat page opens.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(if $(shell $(p) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(p))))
PORT ?= 8080
BIN := .venv/bin

.PHONY: install install-dev demo test lint bench lock browser
.DEFAULT_GOAL := demo

install: .venv/installed
install-dev: .venv/installed-dev

# One venv; the stamp files make a second `make` start at once, and a changed lock reinstall.
.venv/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	touch $@

.venv/installed-dev: .venv/installed tests/playground/grammy/package-lock.json
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	$(BIN)/python -m tests.playground.node
	touch $@

demo: install
	$(BIN)/chezhi demo --port $(PORT)

# The browser tests drive Debian's Chromium; everything else comes from PyPI.
browser:
	@command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || test -n "$$CHROMIUM" || \
	  { echo "Installing Chromium for the browser tests"; \
	    SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	    $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fonts-noto-color-emoji >/dev/null; } || \
	  { echo "Chromium is needed for the browser tests: install it, or set CHROMIUM=/path/to/chromium"; exit 1; }

# Processes of one thread each take half the time of one process with several: most of the tests are
# Python. A process that is done takes tests of another's.
WORKERS ?= 2

test: install-dev browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=25

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Those that need no data set of yours; docs/benchmarks.md has the others, with their commands.
BENCHES ?= answers retrieval

bench: install-dev
	@for name in $(BENCHES); do echo "bench.$$name" >&2; $(BIN)/python -m bench.$$name --json || exit 1; done

# Refreshes constraints.txt: resolves the newest versions that pyproject.toml allows in a new venv,
# then writes down what was installed. Run `make test lint demo` before committing it.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install -q '.[dev,bench]'
	build/lock/bin/python -m pip freeze --exclude chezhi | sed 's/+cpu$$//' > constraints.txt
