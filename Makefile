# Everything here sets itself up: a fresh clone, python3 (3.11 or newer) and make are enough.
PYTHON ?= python3
RUN := .venv/bin/python -m

# Without bytecode, each of the many processes would compile everything that it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test lint bench lock down synth deploy permissions pictures

help:
	@echo "make demo    run the whole system on this machine and send it a day of payments (FLOW=name: another flow)"
	@echo "             (ONCE=1: one delivery; JSON=1: JSON lines instead of the live view)"
	@echo "make test    run every test (ARGS='tests/unit -k grant' or whatever pytest takes: some of them)"
	@echo "make lint    check style, types and the walls between the folders"
	@echo "make bench   measure what receiving costs, beside the providers' own libraries and a bare handler,"
	@echo "             the gate, the audit trail, what a payment costs, and how soon a save is live on the"
	@echo "             local stack (ARGS='verify gate' or other parts; ARGS=--help lists them;"
	@echo "             ARGS=--check fails if a limit is exceeded)"
	@echo "make down    stop the local stack (ARGS=--yes: do not ask about what waits on it)"
	@echo "make synth   synthesize the stacks for AWS; make deploy: bootstrap and deploy them, with your credentials"
	@echo "             (ARGS='--profile me -c stage=dev': whatever the CDK CLI takes; docs/deploy.md)"
	@echo "make permissions  write down anew what each identity may do (tests/infra/permissions.txt)"
	@echo "make pictures  take the pictures of docs/console.md anew"
	@echo "make lock    pin the requirements anew from pyproject.toml"

# Isolated, because Python would otherwise look for its own modules, such as operator, in hookline/ first.
setup:
	@$(PYTHON) -I hookline/bootstrap.py

demo: setup
	@$(RUN) hookline demo $(if $(FLOW),--flow $(FLOW)) $(if $(ONCE),--once) $(if $(JSON),--json)

# Five parts at once. The tests with a local stack wait for its processes most of their time, so they come first: those of
# the demo's flows, those of the project's other ones, and those of copies with a stack each. The others, two halves, take
# the rest. The unit tests' half has every test that is in no other part. make exports its variables in place of those of
# the environment with the same name, so none of them is called as one that a command reads (FLOWS).
COPY_TESTS := tests/local/projects
FLOW_TESTS := tests/local/flows
WHOLE_TESTS := tests/contract tests/infra tests/simulation
test: setup .tools/checkov/installed .tools/browser/installed
	@$(RUN) tests.local.browser.chromium
ifdef ARGS
	@$(RUN) pytest $(ARGS)
else
	@said=$$(mktemp -d); parts=; failed=0; \
	$(RUN) pytest $(FLOW_TESTS) >$$said/flows 2>&1 & parts="$$parts $$!"; \
	$(RUN) pytest tests/local --ignore $(COPY_TESTS) --ignore $(FLOW_TESTS) >$$said/stack 2>&1 & parts="$$parts $$!"; \
	$(RUN) pytest $(COPY_TESTS) >$$said/copies 2>&1 & parts="$$parts $$!"; \
	nice $(RUN) pytest $(WHOLE_TESTS) >$$said/whole 2>&1 & parts="$$parts $$!"; \
	nice $(RUN) pytest --ignore tests/local $(addprefix --ignore ,$(WHOLE_TESTS)) || failed=1; \
	for part in $$parts; do wait $$part || failed=1; done; \
	cat $$said/*; rm -r $$said; exit $$failed
endif

lint: setup
	@$(RUN) ruff check . && $(RUN) ruff format --check . && $(RUN) mypy && .venv/bin/lint-imports

bench: .tools/bench/installed
	@.tools/bench/bin/python -m bench $(ARGS)

# The tests run checkov over the templates. Its packages and the project's do not fit into one environment.
.tools/checkov/installed: requirements/checkov.txt | setup
	@echo "test: installing checkov …" >&2
	@.tools/uv/bin/uv venv --quiet --clear .tools/checkov --python .venv/bin/python
	@UV_SYSTEM_CERTS=1 .tools/uv/bin/uv pip sync --quiet --require-hashes --compile-bytecode \
	    --python .tools/checkov/bin/python requirements/checkov.txt
	@touch $@

# What drives a real browser. The browser itself is the machine's; `make test` gets one if there is none, and if that does
# not work, the other tests still run, and the summary says what was skipped.
.tools/browser/installed: requirements/browser.txt | setup
	@echo "test: installing Playwright …" >&2
	@rm -rf .tools/browser/packages
	@UV_SYSTEM_CERTS=1 .tools/uv/bin/uv pip install --quiet --require-hashes --no-deps --python .venv/bin/python \
	    --target .tools/browser/packages -r requirements/browser.txt
	@touch $@

# The pictures of docs/console.md: the console of a stack of its own, after a day of payments.
pictures: setup .tools/browser/installed
	@$(RUN) tests.local.browser.chromium
	@$(RUN) pytest tests/local/browser/pictures.py

# Lambda's version of Python where the machine has it: that is what a cold start depends on. The project's own
# packages come along because bytecode and wheels belong to one version.
.tools/bench/installed: requirements/bench.txt | setup
	@echo "bench: installing packages …" >&2
	@.tools/uv/bin/uv venv --quiet --clear .tools/bench --python \
	    "$$(.venv/bin/python -c "from infra.interpreters import lambda_python as p; print(p() or '.venv/bin/python')")"
	@UV_SYSTEM_CERTS=1 .tools/uv/bin/uv pip sync --quiet --require-hashes --compile-bytecode \
	    --python .tools/bench/bin/python requirements/bench.txt
	@touch $@

permissions: setup
	@$(RUN) pytest tests/infra -q --update-permissions $(ARGS)

# The Node and the CDK CLI that the set-up installed, whatever else the machine has.
CDK := PATH="$(CURDIR)/.tools/node/bin:$$PATH" node_modules/.bin/cdk

synth: setup
	@$(CDK) synth --quiet $(ARGS)

# ARGS may be any options of the CDK CLI: "--profile me -c stage=dev --require-approval never".
deploy: setup
	@$(RUN) hookline deploy $(ARGS)

down: setup
	@$(RUN) hookline down $(ARGS)

COMPILE := .tools/uv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header --python-version 3.11
lock: setup
	@$(COMPILE) pyproject.toml --group dev -o requirements/project.txt
	@$(COMPILE) -c requirements/project.txt --group functions -o requirements/functions.txt
	@$(COMPILE) -c requirements/project.txt --group connectors -o requirements/connectors.txt
	@$(COMPILE) -c requirements/project.txt --group github-app -o requirements/github-app.txt
	@$(COMPILE) -c requirements/project.txt --group models -o requirements/models.txt
	@$(COMPILE) -c requirements/project.txt --group bench -o requirements/bench.txt
	@$(COMPILE) -c requirements/project.txt --group browser -o requirements/browser.txt
	@$(COMPILE) --group checkov -o requirements/checkov.txt
	@$(COMPILE) --group uv -o requirements/uv.txt
	@$(COMPILE) --group node -o requirements/node.txt
	@for own in $$(find functions -name requirements.in); do \
		$(COMPILE) -c requirements/project.txt "$$own" -o "$${own%.in}.txt" || exit 1; \
	done
