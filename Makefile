# make demo: the two demo reports on real data. make test: every check that must pass before a change lands.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export OMP_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo docs examples test lint types contracts catalogues bench bench-gpu test-browser test-boosters test-gpu pictures clean help

help:
	@grep -E '^# make|^## ' $(MAKEFILE_LIST)

$(STAMP): constraints.txt requirements-demo.txt requirements-examples.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,browser]'
	$(BIN)/python -m pip install --quiet --no-deps --requirement requirements-demo.txt --requirement requirements-examples.txt
	touch $(STAMP)

## make demo          install, then audit real call-backs and a real net; the reports lie in reports/
demo: $(STAMP)
	$(BIN)/xaikit demo --out reports

## make examples      one script per family of models; the reports lie in reports/examples
examples: $(STAMP)
	for script in examples/*.py; do $(BIN)/python $$script reports/examples || exit 1; done

$(VENV)/.docs: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	touch $@

## make docs          the documentation site, in site/; every link is checked
docs: $(VENV)/.docs
	$(BIN)/python docs/catalogue.py
	$(BIN)/python -m zensical build --strict

## make test          lint, types, import contracts, every test and doctest
test: lint types contracts docs
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not bench"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

## make catalogues    the sentences of the report, for translators: the template and every language in step with the code
catalogues: $(STAMP)
	$(BIN)/python -m tools.catalogues

## make bench         ratios against shap, captum, fairlearn and the floor, in one process
bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

## make bench-gpu     the share of the card's own passes that is kept, rows/s against captum on it, bfloat16
bench-gpu: $(STAMP)
	$(BIN)/python -m tests.benchmarks gpu

## make test-browser  the reports in headless Chromium, installed through apt-get where it is missing
test-browser: $(STAMP)
	bash .ci/browser
	$(BIN)/python -m pytest -n 2 -m browser tests/browser tests/docs

## make test-boosters the tests that need XGBoost, LightGBM and CatBoost, which it installs
test-boosters: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt xgboost-cpu lightgbm catboost
	$(BIN)/python -m pytest tests/compute/test_boosters.py tests/compute/test_shap_trees.py

## make test-gpu      the tests that need a GPU
test-gpu: $(STAMP)
	$(BIN)/python -m pytest -m gpu

## make pictures      the README's pictures, from the demo reports
pictures: $(STAMP)
	$(BIN)/python docs/pictures.py

clean:
	rm -rf $(VENV) build dist *.egg-info
