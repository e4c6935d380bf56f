# Each target wraps plain commands, which README.md shows. GNU make 3.81 (macOS) suffices.
PYTHON ?= python3
PORT ?= 8501
DATASET ?= fashion_mnist
VENV = .venv/bin/python

# Threads that wait shall sleep: where other programs run too, torch is twice as fast so.
export OMP_WAIT_POLICY = passive

.PHONY: retrain demo test test-all lint bench translations guide lock audit sbom development browser

# Environment, data, stores of the shipped pair, then the dashboard on http://localhost:$(PORT).
# `exec`: make passes SIGTERM on to the shell, which would keep it to itself.
demo:
	@exec $(PYTHON) -m dashboard.demo --port "$(PORT)" --dataset "$(DATASET)"

# The tests of CI, a file after the other in each of two processes; what is timed comes after, alone.
test: development browser
	$(VENV) -m pytest -n 2 --dist loadfile -m "not slow and not alone"
	$(VENV) -m pytest -m "alone and not slow"

# Those and the slow ones.
test-all: development browser
	$(VENV) -m pytest -m "slow or not slow"

lint: development
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m mypy

# The tables of ratios against peers.
bench: development
	@set -e; for script in tests/benchmarks/bench_*.py; do echo "$$script"; $(VENV) "$$script"; done

# A shipped pair (DATASET=) and its cards anew: hours on a CPU; goes on where it was stopped.
retrain: development
	$(VENV) -m dashboard.demo.retrain "$(DATASET)"

# The catalogues of the other languages: new texts in, compiled anew.
translations: development
	@$(VENV) -m dashboard.translations

# The pictures of docs/guide.md and of the README, in both languages, from the stores of the demo.
guide: development browser
	@$(VENV) -m tests.browser.guide

# The versions and hashes that CI installs: those there stay while the ranges allow it, and with
# UPGRADE=1 the newest are taken.
lock: development
	@$(VENV) -m uv pip compile --quiet --python-version 3.11 --python-platform linux \
	  --generate-hashes --no-emit-package pip --custom-compile-command "make lock" \
	  $(if $(UPGRADE),--upgrade) --output-file requirements.lock requirements-dev.txt

# Whether what the lock pins has known vulnerabilities.
audit: development
	@$(VENV) .ci/audit.py

# The bill of materials of a release, as CycloneDX.
sbom: development
	@$(VENV) .ci/sbom.py build/sbom.json

development:
	@$(PYTHON) -m dashboard.demo.environment requirements-dev.txt

browser: development
	@$(VENV) tests/browser/chromium.py
