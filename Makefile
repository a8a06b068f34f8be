# Everything a developer types. `make` alone lists the targets.

PYTHON ?= python3
PORT ?= 8000
CODE = backdep_site guidance patients
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes

# templates/ may hold nothing yet. djade fails also when it has changed a file: `make fix` asks --check after it.
TEMPLATES = [ ! -d templates ] || find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2
COMPILE = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

# `exec` here and below: told to stop, make tells its command, and a shell in between would keep that to itself.
run: .venv/.run-stamp ## start the demonstration on this machine (PORT=8000)
	@exec .venv/bin/python manage.py run_demo --port $(PORT)

test: .venv/.dev-stamp ## run every test on SQLite, on PostgreSQL and in a browser (ARGS="-k word", ARGS="--only sqlite")
	@exec .venv/bin/python -m tests.run_all $(ARGS)

check: .venv/.dev-stamp ## format, lint, types, import rules, migrations, deployment settings, editions
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	$(TEMPLATES) --check {} +
	BACKDEP_DEBUG=on .venv/bin/mypy $(CODE)
	.venv/bin/lint-imports --no-logo
	@echo "Migrations and settings, as a server would start:"
	@$(AS_IN_PRODUCTION) && \
	.venv/bin/python manage.py makemigrations --check --dry-run && \
	.venv/bin/python manage.py check --deploy --fail-level WARNING
	.venv/bin/python manage.py check_editions

fix: .venv/.dev-stamp ## format the code and the templates, repair what the linter can
	.venv/bin/ruff format
	.venv/bin/ruff check --fix
	@echo "Formatting the templates"
	@$(TEMPLATES) {} + || $(TEMPLATES) --check {} +

bench: .venv/.dev-stamp ## measure the speed of assessing
	@.venv/bin/python -m tests.bench

requirements: .venv/.dev-stamp ## pin the requirements files again after a change of pyproject.toml (ARGS=--upgrade)
	$(COMPILE) $(ARGS) -o requirements.txt
	$(COMPILE) $(ARGS) --group dev -o requirements-dev.txt

clean: ## remove caches; keeps .venv, var and staticfiles
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +

.PHONY: help run test check fix bench requirements clean

# What a server sets, for one recipe line: a throw-away key, and a database in a folder that goes away again.
AS_IN_PRODUCTION = folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && trap 'exit 1' HUP INT TERM && \
	export BACKDEP_DEBUG=off BACKDEP_HTTPS=on BACKDEP_ALLOWED_HOSTS=backdep.example.org && \
	export DATABASE_URL="sqlite:///$$folder/check.sqlite3" && \
	export BACKDEP_SECRET_KEY="$$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(60))')"

.venv/.run-stamp: requirements.txt
	@$(MAKE_VENV)
	@echo "Installing what the program needs into .venv"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev-stamp: requirements-dev.txt
	@$(MAKE_VENV)
	@echo "Installing what the program, its tests and its checks need into .venv"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# A virtual environment without pip is one whose making was interrupted.
MAKE_VENV = .venv/bin/python -m pip --version >/dev/null 2>&1 || { \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Backdep needs Python 3.11 or newer as $(PYTHON): install it, or name another, as in make PYTHON=python3.12." >&2; \
		exit 1; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) lacks its venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)." >&2; \
		exit 1; }; \
	rm -rf .venv && $(PYTHON) -m venv .venv; }
