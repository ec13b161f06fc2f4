# Every target prepares .venv by itself; nothing is needed beforehand but Python >= 3.11 and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Third-party clients have an environment to themselves: theirs must not decide what ours holds.
CLIENTS := .clients-venv

.PHONY: demo test lint bench soak clients contract fidelity wheel clean
.DEFAULT_GOAL := demo

$(VENV)/.user: pyproject.toml            ## what a user installs: the emulator and the connector
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[connector]'
	@touch $@

$(VENV)/.dev: $(VENV)/.user              ## what we need besides: real clients, linters, test runner
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.user                      ## the main job, start to end, in a terminal
	@$(BIN)/python -m scenarios.demo

test: $(VENV)/.dev                       ## the whole default run
	$(BIN)/python -m pytest

soak: $(VENV)/.dev                       ## long properties
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m soak --timeout 3600

$(CLIENTS)/.made: tests/clients/requirements.txt
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

clients: $(VENV)/.dev $(CLIENTS)/.made   ## third-party clients as judges
	$(BIN)/python -m pytest -m clients tests/clients

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev                      ## ratios, all measured in one run
	$(BIN)/python -m bench

contract: $(VENV)/.dev                   ## compile the published contract anew and say what changed
	$(BIN)/python -m emulator.contract.compile

fidelity: $(VENV)/.dev                   ## see what speaks for each action; write docs/fidelity.md and what ships
	$(BIN)/python -m scenarios.fidelity

wheel: $(VENV)/.dev                      ## build the wheel, install it alone, serve and answer from it
	$(BIN)/python tests/wheel.py

clean:
	rm -rf $(VENV) $(CLIENTS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
