# digest-qa: everything that is done to the repository, in one place. `make help` lists it.
#
# Needed beforehand: Python 3.11 or newer (with venv), git, make. All else goes into .venv, pinned by constraints.txt.
# Recipes are plain sh. What a user gives (PORT, STORE, DOCUMENTS) reaches them through the environment and is quoted
# there; relative paths count from the folder of this file.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help app install dev browser test style types lint contracts check format eval results train bench constraints clean new-venv

PYTHON ?=
PYTHONS = $(or $(PYTHON),python3 python3.11 python3.12 python3.13)
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# .venv/.installed is written last and holds the folder that .venv was made for (its scripts name it). So a .venv that is
# half made, was moved with the folder, or whose Python has gone is told from a finished one, and is made anew.
UNFINISHED := $(shell [ -x .venv/bin/python ] && [ "$$(cat .venv/.installed 2>/dev/null)" = "$$(pwd -P)" ] || echo new-venv)

help: ## List the targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

app: install ## Open the page and the API: PORT=7860 STORE=folder DOCUMENTS=files-or-folders (default: the sample)
	@set -- $${STORE:+--store "$$STORE"}; \
	if [ -e "$$DOCUMENTS" ]; then \
		.venv/bin/digest-qa index "$$@" "$$DOCUMENTS" || exit; \
	elif [ -n "$$DOCUMENTS" ]; then \
		.venv/bin/digest-qa index "$$@" $$DOCUMENTS || exit; \
	fi; \
	exec .venv/bin/digest-qa serve --port "$${PORT:-7860}" "$$@"

install: .venv/.installed ## Make .venv, with digest-qa in .venv/bin (PYTHON=python3.x chooses the interpreter)

new-venv:
	@for python in $(PYTHONS); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || { bare="$$python"; continue; }; \
		echo "Making .venv with $$("$$python" --version)"; \
		rm -rf .venv && exec "$$python" -m venv .venv; \
	done; \
	if [ -n "$${bare:-}" ]; then \
		echo "$$bare cannot make virtual environments: install its venv module" \
			"(Debian, Ubuntu: sudo apt-get install python3-venv), then make again" >&2; \
	else \
		echo "No Python 3.11 or newer found (looked for: $(PYTHONS));" \
			"install one, or name it: make install PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 1

# setuptools comes first and the build is not isolated, so that the build backend is pinned like everything else.
.venv/.installed: pyproject.toml constraints.txt $(UNFINISHED)
	@rm -f $@
	@echo "Installing digest-qa and what it needs into .venv (once; a few minutes)"
	@$(PIP) setuptools
	@$(PIP) --no-build-isolation --editable .
	@pwd -P > $@

dev: .venv/.dev

.venv/.dev: .venv/.installed
	@echo "Installing the development tools into .venv"
	@$(PIP) --no-build-isolation --editable '.[dev]'
	@touch $@

# Tests marked "browser" skip themselves without a browser, so not getting one is no failure here.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get -qq update </dev/null && DEBIAN_FRONTEND=noninteractive \
			apt-get -qq install --yes --no-install-recommends chromium fonts-noto-cjk </dev/null >/dev/null && exit; \
	fi; \
	echo "No Chromium on the PATH: the browser tests will be skipped" \
		"(Debian: sudo apt-get install chromium fonts-noto-cjk)" >&2

test: dev browser ## Run the whole test suite
	.venv/bin/python -m pytest

style: dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: dev
	.venv/bin/mypy

lint: style types ## Check style (ruff) and types (mypy)

contracts: dev
	.venv/bin/python -m pytest --quiet tests/test_architecture.py

check: lint contracts test ## Check style, types and import contracts, then run the tests

format: dev ## Rewrite the code in the one style (ruff)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Stores are built anew: what is measured is the code as it stands.
eval: install ## Measure answers on the sample and, where DIGEST_QA_SHARED (../shared) has them, the real digest and reports
	@rm -rf build/stores/sample build/stores/digest build/stores/reports
	DIGEST_QA_STORE=build/stores/sample .venv/bin/digest-qa eval --report build/report/sample
	@digest="$${DIGEST_QA_SHARED:-../shared}/digest/digest.txt"; \
	for file in "$$digest" eval/gold/digest.jsonl; do \
		[ -f "$$file" ] || { echo "Skipped the real digest: $$file not found (set DIGEST_QA_SHARED)" >&2; exit 0; }; \
	done; \
	export DIGEST_QA_STORE=build/stores/digest; \
	.venv/bin/digest-qa index "$$digest" && \
	.venv/bin/digest-qa eval --gold eval/gold/digest.jsonl --report build/report/digest
	@reports="$${DIGEST_QA_SHARED:-../shared}/data/documents/gov_reports_2026"; \
	[ -d "$$reports" ] || { echo "Skipped the reports: $$reports not found (set DIGEST_QA_SHARED)" >&2; exit 0; }; \
	export DIGEST_QA_STORE=build/stores/reports; \
	find "$$reports" -name '*.txt' ! -name SOURCE.txt -exec .venv/bin/digest-qa index {} + && \
	.venv/bin/digest-qa eval --gold eval/gold/reports.jsonl --report build/report/reports

results: install ## Measure every set there is beside the naive pipeline and write eval/RESULTS.md (some hours on two cores; --only and fewer --questions for less)
	.venv/bin/python -m eval.results

# From open data to the shipped weights. What was cut off goes on; the folders under build/ are kept.
train: install ## Train encoder and reader anew: SHARED=../shared STEPS=1109 FURTHER=997 HARDER=935 SPANS=785 ARTICLES=553 JOINT=593 WIDER=704, the reader's steps
	@digest="$${SHARED:-../shared}/digest/digest.txt"; \
	[ -f "$$digest" ] || { echo "$$digest not found: the last step, training.calibrate, needs it" >&2; exit 1; }
	.venv/bin/python -m training.encoder.train --data "$${SHARED:-../shared}/data" --out build/encoder --steps 295 --threads 1
	.venv/bin/python -m training.encoder.compress build/encoder/weights.safetensors index/encoders/e5-tuned.safetensors \
		--rank 64 --share 0.6
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader \
		--steps "$${STEPS:-1109}" --threads 1
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-further \
		--begin build/reader/weights.safetensors --screen --frozen 4 --rate 7e-5 --seed 8 --steps "$${FURTHER:-997}"
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-harder \
		--begin build/reader-further/weights.safetensors --screen --frozen 4 --rate 7e-5 --seed 9 --steps "$${HARDER:-935}"
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-spans --beside 16 \
		--begin build/reader-harder/weights.safetensors --screen --frozen 4 --rate 7e-5 --seed 10 --steps "$${SPANS:-785}"
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-articles --beside 16 \
		--begin build/reader-spans/weights.safetensors --screen --frozen 4 --rate 7e-5 --seed 11 --steps "$${ARTICLES:-553}"
	.venv/bin/python -m training.reader.export build/reader-harder/weights.safetensors build/reader-spans/weights.safetensors \
		build/reader-articles/weights.safetensors build/reader-mean.safetensors --shares 0.25 0.3 0.45
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-joint --batch 12 --beside 40 \
		--begin build/reader-mean.safetensors --screen --frozen 4 --rate 7e-5 --seed 12 --steps "$${JOINT:-593}"
	.venv/bin/python -m training.reader.export build/reader-mean.safetensors build/reader-joint/weights.safetensors \
		build/reader-joint.safetensors --shares 0.2 0.8
	.venv/bin/python -m training.reader.train --data "$${SHARED:-../shared}/data" --out build/reader-wider --batch 12 --beside 40 \
		--begin build/reader-joint.safetensors --screen --frozen 4 --rate 7e-5 --seed 13 --steps "$${WIDER:-704}"
	.venv/bin/python -m training.reader.export build/reader-joint.safetensors build/reader-wider/weights.safetensors \
		rag/reading/reader.safetensors --shares 0.4 0.6
	.venv/bin/python -m training.calibrate --shared "$${SHARED:-../shared}"

bench: install ## Run every benchmark in eval/bench
	@for file in eval/bench/[!_]*.py; do \
		[ -f "$$file" ] || { echo "No benchmarks in eval/bench" >&2; exit 0; }; \
		name="$${file##*/}"; \
		echo "== eval.bench.$${name%.py}"; \
		.venv/bin/python -m "eval.bench.$${name%.py}" || failed="$${failed:-} $$name"; \
	done; \
	[ -z "$${failed:-}" ] || { echo "Failed:$$failed" >&2; exit 1; }

# Frozen on the oldest Python that we support, so that every version suits the newer ones too. torch stays at the version
# that constraints.txt names: edit that line to move it. What only newer Pythons need is named at the end of the recipe.
constraints: ## Pin everything anew: the newest versions that pyproject.toml admits (needs python3.11)
	rm -rf build/freeze
	python3.11 -m venv build/freeze
	build/freeze/bin/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)" --editable '.[dev]'
	@{ \
		echo '# Every version that .venv gets, made by `make constraints`. torch builds with an accelerator pin their own'; \
		echo '# libraries exactly; they are not listed.'; \
		{ \
			build/freeze/bin/python -m pip freeze --all --exclude-editable | grep -v '^pip==' | sed 's/+[a-z0-9.]*$$//'; \
			echo 'audioop-lts==0.2.2'; \
		} | LC_ALL=C sort --ignore-case; \
	} > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## Remove build products and caches (.venv stays)
	rm -rf build report .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
