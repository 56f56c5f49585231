# Two commands: `make grade` grades what you wrote, `make test` runs the whole suite.
# Each sets itself up the first time; `LAB=03 make grade` grades one lab.

PYTHON ?= python3
VENV := .venv
CROSSCHECK := .venv-crosscheck
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: grade test models engine quiz interview instructor docs docs-serve bench crosscheck clean

grade: $(VENV)/core
	@$(BIN)/python -m labkit.cli grade $(LAB)

test: $(VENV)/dev
	@echo "Running the whole suite on the reference solutions (some minutes) ..."
	@LAB_IMPL=solution $(BIN)/python -m pytest -m "not gpu" -n auto $(ARGS)

models: $(VENV)/models

engine: $(VENV)/engine

# LANG decides the language; TOPIC=rounding make quiz asks about one topic.
quiz: $(VENV)/quiz
	@$(BIN)/python -m labkit.cli quiz $(if $(TOPIC),--topic $(TOPIC))

interview: $(VENV)/quiz
	@$(BIN)/python -m labkit.cli interview

instructor: $(VENV)/instructor

# The site, into build/docs/site; docs-serve also shows it, on this machine alone.
docs: $(VENV)/docs
	@$(BIN)/python -m labkit.cli docs build

docs-serve: $(VENV)/docs
	@$(BIN)/python -m labkit.cli docs serve $(ARGS)

bench: $(VENV)/dev
	@$(BIN)/python -m labkit.cli bench

# A stamp file a tier: made anew when pyproject.toml changes, so that the second run starts at once.
$(VENV)/core: pyproject.toml
	@echo "Setting up: a virtual environment in $(VENV) with numpy, pytest and pyyaml (once, under a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "This course needs Python 3.10 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make grade PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "No virtual environment could be made. On Debian and Ubuntu: sudo apt install python3-venv, then again."; exit 1; }
	@$(PIP) --editable .
	@touch $@

$(VENV)/quiz: $(VENV)/core
	@echo "Setting up: the schedule of the quiz (once, seconds) ..."
	@$(PIP) --editable ".[quiz]"
	@touch $@

$(VENV)/instructor: $(VENV)/core
	@echo "Setting up: the exports for Anki, Moodle and Canvas (once) ..."
	@$(PIP) --editable ".[instructor]"
	@touch $@

$(VENV)/docs: $(VENV)/quiz
	@echo "Setting up: the site's builder (once) ..."
	@$(PIP) --editable ".[docs]"
	@touch $@

$(VENV)/models: $(VENV)/core
	@echo "Setting up: torch and what the trained model needs (once, a few minutes) ..."
	@$(PIP) torch==2.13.0
	@$(PIP) --editable ".[models]"
	@touch $@

$(VENV)/dev: $(VENV)/models
	@echo "Setting up: what the project's own tests need (once) ..."
	@$(PIP) --editable ".[dev]"
	@touch $@

# torch first, and the right build of it: the engine's installer knows which. The models' extras come on top.
$(VENV)/engine: $(VENV)/core labkit/engine/requirements-cpu.txt labkit/engine/install.py
	@$(BIN)/python -m labkit.engine.install
	@$(MAKE) --no-print-directory models
	@touch $@

# The field's libraries stay in an environment of their own: they pin each other's versions.
crosscheck: $(CROSSCHECK)/done
	@$(CROSSCHECK)/bin/python -m labkit.cli crosscheck $(ARGS)

$(CROSSCHECK)/done: pyproject.toml labkit/crosscheck/requirements.txt
	@echo "Setting up: the field's quantization libraries, in $(CROSSCHECK) (once, some minutes) ..."
	@$(PYTHON) -m venv $(CROSSCHECK)
	@$(CROSSCHECK)/bin/python -m pip --disable-pip-version-check install --quiet torch==2.13.0
	@$(CROSSCHECK)/bin/python -m pip --disable-pip-version-check install --quiet -r labkit/crosscheck/requirements.txt
	@$(CROSSCHECK)/bin/python -m pip --disable-pip-version-check install --quiet --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(CROSSCHECK)
