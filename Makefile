# make reproduce: images -> an exported codec.   make test: the whole test suite.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export VIRTUAL_ENV := $(CURDIR)/.venv
export DVC_NO_ANALYTICS := 1

.PHONY: help install reproduce flow server answer deploy worker sweep-worker check test torture mutants audit lint docs best photo codec picture rollback lock
help:
	@echo "make reproduce   install, then run the pipeline: images -> models/exported"
	@echo "make codec DIR=...   choose a recipe for your images, and train a codec on them; TIME=20m"
	@echo "make flow        run the same pipeline under Prefect: retries, timeouts, progress in its UI"
	@echo "make server      start Prefect's server and UI on this machine: http://127.0.0.1:4200"
	@echo "make deploy      register the flows in prefect.yaml and their schedules with the server"
	@echo "make worker      run scheduled flows when they are due, one at a time"
	@echo "make sweep-worker  run the points of sweeps, one at a time; start as many as you like"
	@echo "make check       install, then check style and types and run the quick tests: a minute"
	@echo "make test        install, then run the whole test suite"
	@echo "make torture     install, then run stress tests for four hours: docs/reliability.md"
	@echo "make mutants     install, then run mutation tests of the codec: docs/mutants.md"
	@echo "make audit       check requirements.lock for known vulnerabilities"
	@echo "make lint        install, then check style and types"
	@echo "make docs        install, then build the guide and the API reference as a site"
	@echo "make best        install, then train the best codec for digits: 10 minutes, models/best"
	@echo "make photo DIR=...   install, then train the codec photo on pictures: an hour, models/photo-new"
	@echo "make picture     after reproduce: draw the pictures for the README and docs/"
	@echo "make rollback    promote the previously promoted codec again"
	@echo "make lock        rewrite requirements.lock and versions.yaml from pyproject.toml"
	@echo "make install     create .venv from requirements.lock (other targets do this when needed)"

reproduce: install
	@echo "== Running the stages of dvc.yaml whose code, data or parameters changed (dvc repro)"
	@dvc repro
	@echo && python -m tasks.summary

flow: install
	@echo "== Running the stages under Prefect (flows/pipeline.py)"
	@python -m flows.pipeline
	@echo && python -m tasks.summary

# Set PREFECT_API_URL to use another server. For more than one machine, use PostgreSQL, not SQLite:
# PREFECT_SERVER_DATABASE_CONNECTION_URL=postgresql+asyncpg://USER@HOST/NAME make server
server deploy worker sweep-worker: export DO_NOT_TRACK := 1
server deploy worker sweep-worker: export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Deletes runs older than 90 days, not only events.
server: export PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED := true
# Only this machine can reach the server, unless this is set to one of its other addresses.
server: export PREFECT_SERVER_API_HOST ?= 127.0.0.1
answer deploy worker sweep-worker: export PREFECT_API_URL ?= http://127.0.0.1:4200/api
worker sweep-worker: export PREFECT_FLOWS_HEARTBEAT_FREQUENCY := 30
# Waits double each time, so the server may be down for four minutes.
worker sweep-worker: export PREFECT_CLIENT_MAX_RETRIES ?= 7

server: install
	@prefect server start

answer: install
	@python -m flows.running.command

deploy: answer
	@for pool in local sweep; do \
	    prefect --no-prompt work-pool inspect $$pool > /dev/null 2>&1 || \
	    prefect --no-prompt work-pool create --type process $$pool || exit 1; done
	@prefect --no-prompt work-pool set-concurrency-limit local 1
	@python -m flows.running.schedules
	@prefect --no-prompt deploy --all
	@python -m flows.running.automations

worker: answer
	@prefect worker start --pool local --limit 1

sweep-worker: answer
	@prefect worker start --pool sweep --limit 1

# Tests without TensorFlow and servers, quick enough to run while changing code.
CHECKED := tests/codec tests/images tests/test_documents.py tests/test_errors.py \
    tests/test_file_kinds.py tests/test_files.py tests/test_imports.py tests/test_parallel.py \
    tests/test_storage.py
check: lint
	@echo "== Running the tests that take a second or less (pytest)"
	@pytest --numprocesses 2 -m "not slow and not torture" $(CHECKED)

# Three for two cores, because many tests wait for other processes.
test: install
	@echo "== Running the tests (pytest)"
	@pytest --numprocesses 3

torture: install
	@uv pip install --quiet --group torture
	pytest -m torture
	python -m benchmarks.torture.fuzz 1000000
	python -m benchmarks.torture.fuzz_guided 1200
	python -m benchmarks.torture.interrupted 50
	python -m benchmarks.torture.kills 50
	python -m benchmarks.torture.million 1000000
	python -m benchmarks.torture.recompressed 100000
	python -m benchmarks.torture.at_once 50
	python -m benchmarks.torture.readers 20000
	python -m benchmarks.torture.memory photo
	python -m benchmarks.torture.scheduled 100
	python -m benchmarks.torture.cluster 200000
	python -m benchmarks.torture.hosts 7

audit: install
	@uv pip install --quiet --group audit
	@echo "== Looking for known vulnerabilities in requirements.lock (pip-audit)"
	@pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

# Results are kept in mutants/; the next run retries only changed code.
mutants: install
	@uv pip install --quiet --group torture
	@nice mutmut run && mutmut results

lint: install
	@echo "== Checking style and types (ruff, mypy)"
	@ruff check && ruff format --check && mypy

# A warning, such as a link that leads nowhere, is an error.
docs: install
	@uv pip install --quiet --group docs
	@echo "== Building the guide (Sphinx)"
	@python -m sphinx -q -W --keep-going docs docs/_build
	@echo "Open docs/_build/index.html"

best: install
	@echo "== Training models/digits-best.json on all of MNIST, and measuring it (benchmarks/measure/digits.py)"
	@python -m benchmarks.measure.digits best

# Quoted for the shell, because it may have any characters.
directory = '$(subst ','\'',$(value DIR))'
photo: install
	@echo "== Training models/photo.json on your pictures (benchmarks/measure/train_photo.py)"
	@python -m benchmarks.measure.train_photo $(directory)

TIME ?= 20m
codec: install
	@python -m tasks.propose $(directory) --time $(TIME)
	@echo "== Training the codec, and measuring it (dvc repro)"
	@dvc repro
	@echo && python -m tasks.summary

picture: install
	@python -m benchmarks.measure.picture

rollback: install
	@python -m flows.versions.registry rollback

lock:
	@uv pip compile --quiet --upgrade --generate-hashes --universal --no-emit-index-url \
	    --no-header --python-version 3.11 --extra devices --extra flow --group dev pyproject.toml \
	    --output-file requirements.lock
	@python -m tasks.versions

install: .venv/installed

# uv itself comes from the lock, and pip checks its hashes; uv then checks all other packages.
# On a terminal it shows its progress.
quiet = $$(test -t 2 || echo --quiet)
.venv/installed: requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	    { echo "Expected Python 3.11 to 3.13. Received: $$("$(PYTHON)" --version). Set PYTHON: make PYTHON=python3.12 ..."; exit 1; }
	@echo "== Installing into .venv, in 3 steps: about 3 GB, which takes minutes"
	@echo "== 1: making .venv, with uv, which installs the rest"
	@"$(PYTHON)" -m venv .venv
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	@pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@echo "== 2: downloading, unpacking and compiling the packages of requirements.lock"
	@uv pip sync $(quiet) --compile-bytecode --require-hashes requirements.lock
	@echo "== 3: linking image-compressor itself, so that changes to its code take effect"
	@uv pip install $(quiet) --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "== Installed: $$(du -sh .venv | cut -f 1)B in .venv"
