# Everything a person types. On a machine with Python 3.10 or newer and make, each of these installs what it needs.

PYTHON ?= python3
# Units that `make demo` grades; empty: all of them.
UNIT ?=
# What JupyterLab opens: `make lab FOLDER=.` shows the instructor's notebooks and Formgrader.
FOLDER ?= release

VENV := .venv
RUN := $(VENV)/bin/python -m
STAMP := $(VENV)/installed-in
COLAB := .venv-colab
COLAB_STAMP := $(COLAB)/installed-in
INSTALL_AGAIN := $(filter-out $(CURDIR),$(shell cat $(STAMP) 2>/dev/null))

BROWSER = $(strip $(CHROMIUM) $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))

# nbgrader starts `alembic`, and JupyterLab its kernels, from the path.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help lab demo test test-colab test-hostile accuracy bench gpu release lint format clean sandbox

help: ## show this list
	@echo "make COMMAND, where COMMAND is one of"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-10s %s\n' "$$name" "$$text"; done

lab: $(STAMP) ## open the course in JupyterLab
	$(RUN) jupyterlab $(FOLDER) $$([ "$$(id -u)" != 0 ] || echo --allow-root)

demo: $(STAMP) sandbox ## grade a class of synthetic students and print its score table
	$(RUN) tests.demo $(UNIT)

test: $(STAMP) $(COLAB_STAMP) lint sandbox ## run every check and every test, those in a browser included
	@test -n "$(BROWSER)" || $(call apt_install,chromium fonts-dejavu-core,a browser to test in)
	$(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder

test-hostile: $(STAMP) sandbox ## the part of it that attacks the grader and kills it at random moments
	ATTACK_DEFENCES=apart FAULT_DEFENCES=all ORDINARY_USER=all $(RUN) pytest -n auto --dist loadfile --no-loadscope-reorder tests/attacks tests/faults tests/autograder/test_sandbox_of_ordinary_user.py

test-colab: $(STAMP) $(COLAB_STAMP) sandbox ## the part of it that runs the notebooks with the versions that Colab has
	$(RUN) pytest tests/colab

accuracy: $(STAMP) ## measure the reference solutions' worst errors beside PyTorch's and SciPy's functions
	$(RUN) tests.accuracy

bench: $(STAMP) sandbox ## measure the sliders in a browser, the notebooks, and grading against stock nbgrader in the same run
	@test -n "$(BROWSER)" || $(call apt_install,chromium fonts-dejavu-core,a browser to measure in)
	$(RUN) tests.bench

gpu: $(STAMP) ## run the tests that need a GPU, and write docs/gpu.md where there is one
	$(RUN) tests.gpu

release: $(STAMP) ## generate the student notebooks in release/ from source/, and the links to them in the docs
	@for unit in $$(ls source); do $(RUN) nbgrader generate_assignment "$$unit" --force || exit; done
	$(RUN) autograder.published_docs

lint: $(STAMP) ## look for mistakes in code and notebooks
	$(RUN) ruff check
	$(RUN) ruff format --check

format: $(STAMP) ## format code and notebooks, and mend what can be mended by itself
	$(RUN) ruff check --fix
	$(RUN) ruff format

clean: ## remove what these commands made, but no gradebook and no submissions
	rm -rf $(VENV) $(COLAB) build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What students' code is graded in. Linux has it; elsewhere the grader says what to do.
sandbox:
	@command -v bwrap >/dev/null || $(call apt_install,bubblewrap,the sandbox that graded code runs in)

# The virtual environment. It is made anew where the folder was moved, and brought up to date where a requirement changed.
ifneq ($(INSTALL_AGAIN),)
.PHONY: $(STAMP)
endif
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.10 or newer, or say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "$(PYTHON) is $$($(PYTHON) -V). This needs Python 3.10 or newer: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt_install,python3-venv,a virtual environment)
	@echo "Installing into $(VENV), which takes a few minutes the first time."
	@$(VENV)/bin/python -c '' 2>/dev/null && [ -z "$(INSTALL_AGAIN)" ] || $(PYTHON) -m venv --clear $(VENV)
	@$(RUN) pip install --disable-pip-version-check -c constraints.txt -e ".[instructor,test]" | { grep -v "already satisfied" || true; }
	@echo "$(CURDIR)" > $(STAMP)

# A second one, with the versions that Colab has. It shares the files of torch with the first.
$(COLAB_STAMP): $(STAMP) constraints-colab.txt tests/colab/build.py
	@echo "Installing into $(COLAB) what differs on Colab."
	@$(RUN) tests.colab.build $(COLAB)
	@echo "$(CURDIR)" > $(COLAB_STAMP)

# $(call apt_install,PACKAGES,PURPOSE): install without a question, or say in one line what to do.
define apt_install
{ [ "$$(id -u)" = 0 ] && as= || as="sudo -n"; \
  command -v apt-get >/dev/null && $$as true 2>/dev/null && echo "Installing $(1) for $(2)." \
  && $$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1) >/dev/null \
  || { echo "Please install $(1), for $(2); it could not be done without you." >&2; exit 1; }; }
endef
