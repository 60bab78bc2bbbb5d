# Each target is one command that works without make too: see "coursekit --help".
PYTHON ?= python3
ifeq ($(OS),Windows_NT)
bin := .venv/Scripts
else
bin := .venv/bin
endif
coursekit = $(bin)/python -m coursekit
# What pages of the site run in the browser: npm fetches it.
pages = $(if $(wildcard docs/package-lock.json),docs/node_modules/.package-lock.json)
only = $(if $(ONLY),--only $(ONLY))

.PHONY: setup lab test coverage course notebooks assignments lint bench quality site gpu-check doctor clean

setup: .venv/lab.stamp          ## install the course into .venv (nothing to do the second time)
lab: setup                      ## open JupyterLab on notebooks/
	@$(coursekit) lab
test: .venv/test.stamp $(if $(shell command -v npm),$(pages))  ## lint, unit tests, doctests, notebook checks, every notebook in the smoke profile
	@$(coursekit) test
coverage: .venv/test.stamp      ## which lines the unit tests run, with a floor for the subject; pages in build/coverage/
	@$(coursekit) coverage
gpu-check: .venv/test.stamp     ## every notebook in the gpu profile, within COURSEKIT_GPU_MB (4096) and 15 minutes
	@$(coursekit) gpu-check
course: setup                   ## execute every lesson; pages in build/course/ (COURSEKIT_PROFILE, ONLY=02)
	@$(coursekit) course $(only)
notebooks: setup                ## execute in the laptop profile and store the outputs (ONLY=02)
	@$(coursekit) notebooks $(only)
assignments: .venv/teach.stamp  ## the students' release in build/release/; `coursekit grade FOLDER` takes what comes back
	@$(coursekit) assignments
lint: .venv/test.stamp          ## ruff over package, tests and notebooks; numpydoc over the package
	@$(coursekit) lint
bench: .venv/bench.stamp        ## what is faster than what, and what grows how; build/bench.json (LESSONS=smoke,laptop)
	@$(bin)/python tests/benchmarks $(if $(LESSONS),--lessons $(LESSONS))
quality: setup                  ## how good the colorizers are on photos that they never saw: build/quality/report.md
	@$(coursekit) quality
site: .venv/site.stamp $(pages)  ## the site, offline: build/site/html
	@$(coursekit) site
doctor: setup                   ## OK or the way out for each thing the course needs
	@$(coursekit) doctor
clean:                          ## remove what was built; .venv stays
	rm -rf build dist .pytest_cache .ruff_cache *.egg-info .ipynb_checkpoints notebooks/.ipynb_checkpoints

docs/node_modules/.package-lock.json: docs/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing, which fetches what the site's pages run. Install Node.js: https://nodejs.org"; exit 1; }
	npm ci --prefix docs --no-fund --no-audit
	@touch $@

# The stamps say what is installed; a change of pyproject.toml installs again.
.venv/%.stamp: pyproject.toml | .venv/pyvenv.cfg
	$(bin)/python -m pip install --quiet --editable ".[$*]"
	@touch $@

.venv/pyvenv.cfg:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(PYTHON) is missing or older than Python 3.11. Install a newer one, or name it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" || { echo "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Installing the course into .venv: a few minutes and about 2 GB, once."
	@$(PYTHON) -m venv .venv
