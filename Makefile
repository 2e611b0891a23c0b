# Every target but help and clean first sees to it that .venv holds what requirements.lock says.

HOST = 127.0.0.1
PORT = 8000
SIMULATOR_PORT = 8001

PYTHON = .venv/bin/python
DEVSTACK = $(PYTHON) -m inbox.devstack

# Where bytecode is not kept, each of the many processes compiles the product anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL = help
.PHONY: help run test lint fmt bench clean bootstrap

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: bootstrap ## start everything: inbox on PORT, vendor simulator on SIMULATOR_PORT
	@$(DEVSTACK) run --host $(HOST) --port $(PORT) --simulator-port $(SIMULATOR_PORT)

test: bootstrap ## every check of `make lint`, then every test
	@$(DEVSTACK) exec -- bin/check --with-tests

lint: bootstrap ## formatting, rules, layers, types, migrations, production settings
	@$(DEVSTACK) exec -- bin/check

fmt: bootstrap ## format Python and templates, and fix what can be fixed
	@.venv/bin/ruff check --fix --quiet || true
	@.venv/bin/ruff format
	@find . -path ./.venv -prune -o -path '*/templates/*' -name '*.html' \
		-exec .venv/bin/djade --target-version 5.2 {} +

bench: bootstrap ## measure (see benchmarks/)
	@$(DEVSTACK) exec --durable -- $(PYTHON) -m benchmarks

clean: ## delete the demo's data and all caches
	@test ! -d .devstack || { bin/bootstrap && $(DEVSTACK) clean; }
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache staticfiles
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

bootstrap:
	@bin/bootstrap
