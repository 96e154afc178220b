# Two commands: `make demo` shows it working, `make test` proves it. Both set themselves up; neither needs the other.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
PYTEST := -m pytest --numprocesses 4 --dist worksteal

.PHONY: demo test coverage bench bench-rules bench-pages bench-dashboards format

demo: .venv/demo
	$(BIN)/autoreply demo $(ARGS)

test: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.chromium
	$(BIN)/python $(PYTEST) $(ARGS)

# The same tests, half as slow again.
coverage: .venv/test
	$(BIN)/coverage erase
	$(BIN)/coverage run $(PYTEST) $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Writes tests/bench/RESULTS.md; what it is compared with gets environments of its own in .bench.
bench: .venv/bench
	$(BIN)/python -m tests.bench.throughput $(ARGS)

# Writes tests/bench/RULES.md.
bench-rules: .venv/test
	$(BIN)/python -m tests.bench.rules $(ARGS)

# Writes tests/bench/PAGES.md; a million records take 3 GB, and ARGS='--records 200000' fewer.
bench-pages: .venv/test
	$(BIN)/python -m tests.bench.pages $(ARGS)

# What fifty open dashboards cost the workers.
bench-dashboards: .venv/test
	$(BIN)/python -m tests.bench.dashboards $(ARGS)

format: .venv/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The file remembers which extra was installed, and from which pyproject.toml.
.venv/demo .venv/test .venv/bench: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name one with: make $(@F) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$(@F)]'
	@touch $@
