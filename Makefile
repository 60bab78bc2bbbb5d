# Each target is one command that works without make too: see "coursekit --help".
PYTHON ?= python3
# What Keras computes with: TensorFlow where it has a release, else JAX. Or name one: make lab
# BACKEND=jax, with tensorflow, jax or torch.
BACKEND ?= backend
ifeq ($(filter backend tensorflow jax torch,$(BACKEND)),)
$(error BACKEND=$(BACKEND): name tensorflow, jax or torch)
endif
ifneq ($(BACKEND),backend)
export KERAS_BACKEND := $(BACKEND)
endif
ifeq ($(OS),Windows_NT)
bin := .venv/Scripts
else
bin := .venv/bin
endif
installed = $(BACKEND).stamp
coursekit = $(bin)/python -m coursekit
# What pages of the site run in the browser: npm fetches it.
pages = $(if $(wildcard docs/package-lock.json),docs/node_modules/.package-lock.json)
only = $(if $(ONLY),--only $(ONLY))

.PHONY: setup lab test coverage course notebooks assignments lint bench quality site gpu-budget gpu-check doctor clean

setup: .venv/jupyter.$(installed)   ## install the course into .venv (nothing to do the second time)
lab: setup                          ## open JupyterLab on your copy of the lessons, in work/
	@$(coursekit) lab
test: .venv/test.$(installed) $(if $(shell command -v npm),$(pages)) ## lint, unit tests, doctests, the site, every notebook in the smoke profile
	@$(coursekit) test
coverage: .venv/test.$(installed)   ## which lines the unit tests run, with a floor for the subject; pages in build/coverage/
	@$(coursekit) coverage
gpu-budget: .venv/test.$(installed) ## what the gpu profile would cost on a T4, counted without one; writes the guide's table (ONLY=02)
	@$(coursekit) gpu-budget $(only)
gpu-check: .venv/test.$(installed)  ## every notebook in the gpu profile, within COURSEKIT_GPU_MB (4096) and 15 minutes
	@$(coursekit) gpu-check
course: setup                       ## execute every lesson; pages in build/course/ (COURSEKIT_PROFILE, ONLY=02)
	@$(coursekit) course $(only)
notebooks: setup                    ## execute in the laptop profile and store the outputs (ONLY=02)
	@$(coursekit) notebooks $(only)
assignments: .venv/teach.$(installed) ## the students' release in build/release/; `coursekit grade FOLDER` takes what comes back
	@$(coursekit) assignments
lint: .venv/test.$(installed)       ## ruff over package, tests and notebooks; numpydoc over the package
	@$(coursekit) lint
bench: .venv/bench.$(installed)     ## what is faster than what, and what grows how; build/bench.json (LESSONS=smoke,laptop)
	@$(bin)/python tests/benchmarks $(if $(LESSONS),--lessons $(LESSONS))
quality: setup                      ## how good the colorizers are on photos that they never saw: build/quality/report.md
	@$(coursekit) quality
site: .venv/site.stamp $(pages)     ## the site, offline: build/site/html
	@$(coursekit) site
doctor: setup                       ## OK or the way out for each thing the course needs
	@$(coursekit) doctor
clean:                              ## remove what was built; .venv stays
	rm -rf build dist .pytest_cache .ruff_cache *.egg-info .ipynb_checkpoints notebooks/.ipynb_checkpoints

docs/node_modules/.package-lock.json: docs/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing, which fetches what the site's pages run. Install Node.js: https://nodejs.org"; exit 1; }
	npm ci --prefix docs --no-fund --no-audit
	@touch $@

# The stamps say what is installed; a change of pyproject.toml installs again.
.venv/%.$(installed): pyproject.toml | .venv/pyvenv.cfg
	$(bin)/python -m pip install --quiet --editable ".[$*,$(BACKEND)]"
	@touch $@

# To read docstrings no backend is needed.
.venv/site.stamp: pyproject.toml | .venv/pyvenv.cfg
	$(bin)/python -m pip install --quiet --editable ".[site]"
	@touch $@

.venv/pyvenv.cfg:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" || { echo "$(PYTHON) is missing, or not Python 3.11 to 3.14, with which the course runs. Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" || { echo "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -c "import sys, platform; intel = sys.platform == 'darwin' and platform.machine() != 'arm64'; '$(BACKEND)' == 'backend' and (intel or sys.version_info >= (3, 14)) and print('TensorFlow has no release for this Python on this computer: the course computes with JAX.')"
	@echo "Installing the course into .venv: a few minutes and about 3 GB, half of it with JAX, once."
	@$(PYTHON) -m venv .venv
