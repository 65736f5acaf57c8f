# Everything here sets itself up: a fresh clone, python3 (3.11 or newer) and make are enough.
PYTHON ?= python3
RUN := .venv/bin/python -m

.PHONY: help setup demo test lint lock down

help:
	@echo "make demo    run the whole system on this machine and send it a day of payments"
	@echo "             (ONCE=1: one delivery; JSON=1: JSON lines instead of the live view)"
	@echo "make test    run every test"
	@echo "make lint    check style and the walls between the folders"
	@echo "make down    stop the local stack"
	@echo "make lock    pin the requirements anew from pyproject.toml"

setup:
	@$(PYTHON) hookline/bootstrap.py

demo: setup
	@$(RUN) hookline demo $(if $(ONCE),--once) $(if $(JSON),--json)

test: setup
	@$(RUN) pytest $(ARGS)

lint: setup
	@$(RUN) ruff check . && $(RUN) ruff format --check . && .venv/bin/lint-imports

down: setup
	@$(RUN) hookline down

COMPILE := .tools/uv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11
lock: setup
	@$(COMPILE) pyproject.toml --group dev -o requirements/project.txt
	@$(COMPILE) -c requirements/project.txt --group functions -o requirements/functions.txt
	@$(COMPILE) --group uv -o requirements/uv.txt
	@$(COMPILE) --group node -o requirements/node.txt
