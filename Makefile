# Each target wraps plain commands, which README.md shows. GNU make 3.81 (macOS) suffices.
PYTHON ?= python3
PORT ?= 8501
DATASET ?= fashion_mnist
VENV = .venv/bin/python

# Threads that wait shall sleep: where other programs run too, torch is twice as fast so.
export OMP_WAIT_POLICY = passive

.PHONY: retrain demo test test-all lint bench translations guide development browser

# Environment, data, stores of the shipped pair, then the dashboard on http://localhost:$(PORT).
# `exec`: make passes SIGTERM on to the shell, which would keep it to itself.
demo:
	@exec $(PYTHON) -m dashboard.demo --port "$(PORT)" --dataset "$(DATASET)"

# The tests of CI.
test: development browser
	$(VENV) -m pytest

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

development:
	@$(PYTHON) -m dashboard.demo.environment requirements-dev.txt

browser: development
	@$(VENV) tests/browser/chromium.py
