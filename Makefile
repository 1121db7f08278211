# Needs Python 3.11 or newer with venv, and make. All else is fetched into .venv and webapp/assets.
.POSIX:
.PHONY: help setup run test check bench soak lock clean assets

BIN = .venv/bin
# The lock holds for what is installed and for what builds it, whichever pip the machine brings.
PINNED = PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USE_PEP517=1 \
	PIP_CONSTRAINT=requirements.lock PIP_BUILD_CONSTRAINT=requirements.lock

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

setup: .venv/installed assets ## the environment, the dependencies and the assets

run: setup ## everything, with demonstration data, on http://127.0.0.1:8000 (PORT changes it)
	@$(BIN)/hoert run

test: .venv/installed-for-tests assets check ## all that CI checks
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist worksteal

check: .venv/installed-for-tests ## format, lint, types and import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/installed-for-tests assets ## the benchmarks, each beside a bare floor
	$(BIN)/python -m tests.bench

soak: .venv/installed-for-tests assets ## the long runs with faults
	$(BIN)/python -m tests.soak

# Keeps the versions that still fit; for the newest of all, remove requirements.lock first. Asks
# PyPI alone: a version that only this machine can find would be no use to anybody else.
lock: .venv/installed-for-tests ## requirements.lock anew, after a change in pyproject.toml
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo 'make lock needs a .venv of Python 3.11, the oldest that Hørt supports.' >&2; exit 1; }
	PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= PIP_EXTRA_INDEX_URL= \
	CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/python -m piptools compile --quiet \
		--all-extras --all-build-deps --allow-unsafe --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		--output-file requirements.lock pyproject.toml

clean: ## removes what was built and fetched; keeps var/, where the database is
	rm -rf .venv *.egg-info webapp/static/built webapp/assets/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

assets: .venv/installed
	@webapp/assets/build.sh

.venv/bin/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
			2>/dev/null; then exec $$python -m venv --clear .venv; fi; \
	done; \
	echo 'Hørt needs Python 3.11 or newer with venv (on Debian: apt install python3-venv).' >&2; \
	exit 1

.venv/installed: .venv/bin/python pyproject.toml requirements.lock
	@echo 'Installing what Hørt runs on ...'
	@$(PINNED) $(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-for-tests: .venv/bin/python pyproject.toml requirements.lock
	@echo 'Installing what Hørt runs on and is tested with ...'
	@$(PINNED) $(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch .venv/installed $@
