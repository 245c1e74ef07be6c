# `make gate` trains the demonstration, if there is no run yet, and runs the gate on it. `make test` tests the project.
# Completed steps are not repeated.

PYTHON ?= python3
BIN := .venv/bin
FLOW := ModelingFlow
PLAYLISTS ?= 20000

export METAFLOW_USER ?= $(or $(USERNAME),$(USER),embedgate)

.PHONY: gate train test coverage lint language docs clean

gate: .venv/installed train
	@$(BIN)/python -m pytest quality_checks --gate-flow=$(FLOW); status=$$?; \
	$(BIN)/python -c "import json; v = json.load(open('verdict.json')); print('verdict:', v['verdict'], '- report: file://$(CURDIR)/report.html')"; \
	exit $$status

# the demonstration's datastore is in this folder, whatever the environment configures
train: .venv/installed
	@test -n "$$(ls -A .metaflow/$(FLOW) 2>/dev/null)" && test -f .venv/trained || { \
	  $(BIN)/python flows/modeling_flow.py --no-pylint run --n-playlists $(PLAYLISTS) && touch .venv/trained; }

test: .venv/tested-with lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

coverage: .venv/tested-with
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# .pre-commit-config.yaml lists the linters. Without npm, JavaScript is linted in CI only.
lint: export SKIP ?= $(if $(CI)$(shell command -v npx),,biome)
lint: .venv/tested-with
	$(BIN)/pre-commit run --all-files --show-diff-on-failure
	$(BIN)/python -m build --wheel --outdir dist .

language: .venv/tested-with
	$(BIN)/python scripts/banned_phrases.py

docs: .venv/documented-with
	$(BIN)/mkdocs build --strict

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	@touch $@

.venv/tested-with: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@ .venv/installed

.venv/documented-with: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[docs]'
	@touch $@ .venv/installed

clean:
	rm -rf .venv .metaflow dist site .coverage .coverage.* report.html verdict.json verdict.*.csv
