# Everything starts from a machine that has Python 3.11+ and make; whatever is made goes to .venv/ or var/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON := $(BIN)/python
MANAGE := $(PYTHON) manage.py
INSTALLED := $(VENV)/installed.lock
PEERS  := $(VENV)/peers.lock
SOURCE := config people orders volunteers dispatch benchmarks
LOCK   := $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-header

# The commands choose their own settings and environment; the caller's shell must not. Without written bytecode each of
# the many processes of a test run would compile everything anew.
unexport DJANGO_SETTINGS_MODULE PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.PHONY: help install messages demo serve test lint style types imports checks schemas schema lock bench clean

help:  ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

install: $(INSTALLED)  ## make .venv and install the locked packages, if the lock changed

# The copy of the lock inside .venv says what is installed there.
$(INSTALLED): requirements.lock
	@if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	  found=; for python in python3.11 python3 python3.12 python3.13; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then echo 'Python 3.11 or newer is needed and was not found.' >&2; exit 1; fi; \
	  $$found -m venv --clear $(VENV); \
	fi
	@if ! cmp -s requirements.lock $@; then \
	  echo "Installing $$(grep -c == requirements.lock) locked packages ..."; \
	  $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock; \
	fi
	@cp requirements.lock $@

messages: $(INSTALLED)  ## compile the translations
	@$(PYTHON) -m config.messages

demo: messages  ## load, plan and run a demo county, then serve it (SERVE=0: stop after the summary)
	@$(MANAGE) demo $(if $(filter 0,$(SERVE)),--no-serve)

serve: messages  ## serve what is in the database: web, worker and beat
	@$(MANAGE) serve

test: messages  ## every test on PostgreSQL, then what a database can change on SQLite, with real Valkey and Celery (TESTS=path: only those)
	@mkdir -p var && rm -f var/test-*.txt
	@failed=0; \
	echo '== tests on postgresql'; TEST_DATABASE=postgresql $(PYTHON) -m pytest -n 2 -q $(TESTS) || failed=1; \
	echo '== tests on sqlite'; TEST_DATABASE=sqlite $(PYTHON) -m pytest -n 2 -q -m 'not one_database' $(TESTS) || { [ $$? -eq 5 ] && [ -n "$(TESTS)" ]; } || failed=1; \
	cat var/test-*.txt; exit $$failed

lint: style types imports checks schemas  ## all that a reviewer should not have to say (make -k lint: every failure)

style: $(INSTALLED)  ## ruff: rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)  ## mypy, strict
	$(BIN)/mypy $(SOURCE) manage.py tests

imports: $(INSTALLED)  ## import-linter: who may import whom
	$(BIN)/lint-imports --cache-dir var/import-linter

# The checks ask the code, not whatever database a developer has.
checks: export DATABASE_URL = sqlite://:memory:
checks: messages  ## Django's checks, missing migrations, the deployment check
	$(MANAGE) check
	$(MANAGE) makemigrations --check --dry-run
	sh docker/check-deploy.sh $(PYTHON)

schemas: messages  ## the compose file against its schema, docs/openapi.yaml against the code
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml
	@mkdir -p var
	$(MANAGE) spectacular --validate --fail-on-warn --file var/openapi.yaml
	@diff -u docs/openapi.yaml var/openapi.yaml || { echo 'docs/openapi.yaml is stale: run make schema' >&2; exit 1; }

schema: $(INSTALLED)  ## write docs/openapi.yaml
	$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: $(INSTALLED)  ## resolve pyproject.toml into requirements.lock, and parts of it for the image and for benchmarks
	@test -x $(BIN)/uv || $(PYTHON) -m pip install --quiet uv
	$(LOCK) --extra dev pyproject.toml -o requirements.lock
	$(LOCK) --no-annotate --constraints requirements.lock pyproject.toml -o docker/requirements.lock
	$(LOCK) --no-annotate --constraints requirements.lock --extra bench pyproject.toml -o benchmarks/requirements.lock

bench: $(PEERS)  ## measure the engine beside other solvers, the quick versions (benchmarks/README.md: the full ones)
	@$(PYTHON) -m benchmarks quick

# The solvers that only benchmarks need come on top of what the product installs.
$(PEERS): benchmarks/requirements.lock $(INSTALLED)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r benchmarks/requirements.lock
	@cp benchmarks/requirements.lock $@

clean:  ## remove all that was made: .venv, var and caches
	rm -rf $(VENV) var .ruff_cache .mypy_cache .pytest_cache .hypothesis .import_linter_cache
	find config people orders volunteers dispatch tests benchmarks \( -name __pycache__ -o -name '*.mo' \) -prune -exec rm -rf {} +
