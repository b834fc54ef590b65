# Everything runs in .venv, which is made from the pinned requirements. `make` lists the commands.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
REQUIREMENTS := images/requirements/development.txt

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DO_NOT_TRACK := 1
# Only the installation, `make reference` and `python -m components.dataset originals` use the network.
export HF_HUB_DISABLE_TELEMETRY := 1

# Sources of the published benchmark and of GPT-2's tokenizer: local folders work offline.
BRAINBENCH := https://github.com/braingpt-lovelab/brainbench_testcases
TOKENIZER := data/pretrained/gpt2
UNTRAINED := artifacts/untrained-124m

.PHONY: help demo demo-data published test test-fast test-fast-models test-fast-others lint reference store images pipeline-local untrained-124m lock audit bill-of-materials clean

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: demo-data ## Generate the demo's data, run every stage and print the results.
	python -m pipelines validate
	python -m pipelines repro
	@echo
	@cat artifacts/figures/table.md
	@echo
	@echo "The report: $(CURDIR)/artifacts/report.html"

SOURCE ?=

published: .venv/installed ## Report the original study's published results, from its repositories or SOURCE=folder.
	python -m components.dataset published --data published/data $(if $(SOURCE),--sources $(SOURCE))
	cd published && { $(WITHOUT_GIT); } && dvc repro
	cp published/artifacts/figures/results.md docs/results.md
	@echo
	@cat published/artifacts/figures/table.md
	@echo
	@echo "The report: $(CURDIR)/published/artifacts/report.html"

# DVC asks for git, unless it is told that a folder has none: one that was downloaded without it.
WITHOUT_GIT := git rev-parse --git-dir >/dev/null 2>&1 || dvc config --local core.no_scm true

demo-data: .venv/installed
	@$(WITHOUT_GIT)
	python -m components.dataset demo
	dvc commit --quiet data.dvc

data:
	$(MAKE) demo-data

IN_PARALLEL := --numprocesses auto --dist loadfile --no-loadscope-reorder

test: .venv/installed lint ## Check style, spelling and types, then run all tests.
	pytest $(IN_PARALLEL)

test-fast: .venv/installed ## Run the tests that are not slow and need no containers.
	$(MAKE) --no-print-directory --jobs 2 --output-sync test-fast-models test-fast-others

# Two processes, of which one imports PyTorch: that alone takes seconds.
FAST := pytest -m "not slow and not containers"
OTHERS := $(addprefix tests/,audit kubeflow manifests pipelines pod runtime statistics store) \
	$(wildcard tests/test_*.py)

test-fast-models:
	$(FAST) $(OTHERS:%=--ignore %)

test-fast-others:
	$(FAST) $(OTHERS)

lint: .venv/installed ## Check style, spelling and types.
	ruff check
	ruff format --check
	codespell
	mypy

FROM ?=

reference: .venv/installed ## Download the published data that tests compare with, or copy it: FROM=folder.
	python -m tests.reference $(addprefix --sources ,$(FROM))

store: .venv/installed ## Serve an S3 store from the folder .store/ until Ctrl-C.
	python -m pipelines.store serve

# docker if its engine runs, else podman. images/Containerfile explains BASE and LINKS.
ENGINE ?= $(shell for engine in docker podman; do \
	$$engine info >/dev/null 2>&1 && echo $$engine && break; done)
BASE ?= docker.io/library/python:3.11-slim-bookworm
TAG ?= latest
PREFIX ?=
LINKS ?=
BUILD_FLAGS ?=

images: ## Build the two container images with docker or podman.
	@test -n "$(ENGINE)" || { echo "error: no container engine runs, expected docker or podman"; exit 1; }
	for target in models analysis; do \
		$(ENGINE) build $(BUILD_FLAGS) --build-arg BASE=$(BASE) --build-arg LINKS=$(LINKS) \
			--build-arg VERSION=$(TAG) --build-arg REVISION=$$(git describe --always --dirty=+ || echo unversioned) \
			--target $$target --tag $(PREFIX)matching-experts-$$target:$(TAG) \
			--file images/Containerfile . || exit; \
	done

pipeline-local: .venv/installed images data ## Run the pipeline in containers on this machine (Linux).
	python -m pipelines local --models-image matching-experts-models:$(TAG) \
		--analysis-image matching-experts-analysis:$(TAG)

untrained-124m: .venv/installed ## Score an untrained GPT-2 124M on the published BrainBench.
	python -m components.dataset originals --data $(UNTRAINED)/data --parts brainbench \
		--brainbench $(BRAINBENCH)
	python -m components.initialization --weights $(UNTRAINED)/weights --seed 42 \
		--num-layers 12 --num-heads 12 --hidden-size 768 --dropout 0.1 --initializer-range 0.02 \
		--context-length 1024 --vocabulary-size 50257
	python -m components.brainbench --model $(UNTRAINED)/weights --tokenizer $(TOKENIZER) \
		--cases $(UNTRAINED)/data/brainbench --authors human machine --scores $(UNTRAINED)/scores

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate

lock: .venv/installed ## Update the pinned requirements in images/requirements/.
	$(COMPILE) --upgrade --all-extras pyproject.toml --output-file $(REQUIREMENTS)
	for set in models analysis data store pipeline; do \
		$(COMPILE) --extra $$set --constraint $(REQUIREMENTS) pyproject.toml \
			--output-file images/requirements/$$set.txt || exit; \
	done

audit: .venv/installed ## Look the pinned packages up among known vulnerabilities.
	.ci/packages audit

bill-of-materials: .venv/installed ## Write a bill of materials of each image, in CycloneDX.
	.ci/packages bill bill-of-materials

.venv/installed: pyproject.toml $(REQUIREMENTS)
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python %d.%d: expected 3.11 or newer (set PYTHON)" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(REQUIREMENTS) uv
	.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python \
		$(addprefix --find-links ,$(UV_FIND_LINKS)) \
		--constraint $(REQUIREMENTS) --requirement pyproject.toml --all-extras
	touch $@

clean: ## Remove all results and checkpoints; keep the data and the environment.
	rm -rf artifacts .state
