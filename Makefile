# `make help` lists the targets. Everything is installed into .venv by the first of them that runs.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
DEMO ?= demo

.PHONY: help demo test engines newest check bench reference lock clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(INSTALLED) ## Run the flights job on an embedded Spark cluster, on 336,776 real flights
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh tools/demo.sh "$(DEMO)"

test: $(INSTALLED) ## Run all tests, with coverage (needs Java 17 or newer)
	@sh tools/test.sh

engines: ## Install the servers that tests of remote stores start (needs Go, Node, Java and Maven)
	@sh tools/engines.sh

newest: ## Run the quick tests with the newest release of every dependency
	@PYTHON="$(PYTHON)" sh tools/newest.sh

check: $(INSTALLED) ## Lint, check types and the direction of imports
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED) ## Measure against the neighbours; writes bench/RESULTS.md
	@PYTHONPATH=tests $(BIN)/python -m bench

reference: $(INSTALLED) ## Generate docs/reference from the program
	$(BIN)/python -m sparkferry.project.reference > docs/reference/config.md

lock: $(INSTALLED) ## Renew the pins of the development tools
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-annotate --no-header --quiet --output-file requirements/dev.txt

clean: ## Remove what the targets made
	rm -rf .venv .venv-newest $(DEMO) .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@
