# Daily commands. `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MODEL := $(shell find model -name '*.py')
ROOMS := model results experiments calibration notebooks

# without compiled Python kept beside the source every start takes two seconds more
unexport PYTHONDONTWRITEBYTECODE

.PHONY: page reproduce fuzz kills site licences audit demo setup develop test test-all check coverage figures posterior studies fitted scored benchmark lock clean

demo: setup
	$(BIN)/carespread run historical --innovation dscr --replications 20 --out results/runs/demo-$(shell date +%Y%m%d-%H%M%S)

setup: $(VENV)/.installed $(VENV)/.compiled

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := UV_HTTP_TIMEOUT=60 $(BIN)/uv pip install --quiet --python $(BIN)/python
# uv installs in a fifth of pip's time; where it cannot (a mirror that pip alone is told of), pip does
install = $(UV) $(1) 2>/dev/null || $(PIP) $(1)

# What runs need; the lock is complete, so nothing is left to resolve.
$(VENV)/.installed: installer.lock requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "carespread needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	-@$(PIP) --no-deps --require-hashes -r installer.lock
	$(call install,--no-deps --require-hashes -r requirements.lock)
	$(PIP) --no-deps --no-build-isolation -e .
	@# links for editors and type checkers, which do not run carespread/__init__.py
	@for room in $(ROOMS); do ln -sfn ../$$room carespread/$$room; done
	@touch $@

# What tests, checks, notebooks and the other extras need beside it.
$(VENV)/.developed: requirements-dev.lock $(VENV)/.installed
	$(call install,--no-deps --require-hashes -r requirements-dev.lock)
	@touch $@

$(VENV)/.compiled: $(VENV)/.installed $(MODEL)
	$(BIN)/python -m carespread.model.warm
	@touch $@

develop: setup $(VENV)/.developed

# Two processes: more than two share little of a laptop's cache, and all share the compiled kernels. A file stays in one
# process: what its tests share is made once.
test: develop
	$(BIN)/python -m pytest -n 2 --dist loadfile

# Ten times the bad input that the tests try: about 1,500 cases; counts go to docs/trace.md
fuzz: develop
	FUZZ=10 FUZZ_COUNTS=$(CURDIR)/docs/fuzz.json $(BIN)/python -m pytest tests/test_fuzz.py
	$(BIN)/python -m carespread.calibration.report

# Kills long commands 200 times and their Dask workers 63 times, harms what they keep, goes on, and counts what was lost
# or made twice: over an hour.
# Other Pythons that have what runs need: make kills OTHERS="--python .venv-3.12/bin/python"
kills: develop
	$(BIN)/python -m benchmarks.faults --anew $(OTHERS)
	$(BIN)/python -m carespread.calibration.report

# The same tests on every Python that the project supports, where it is installed.
test-all: test
	for version in 3.12 3.13; do \
		if command -v python$$version >/dev/null && python$$version -c '' 2>/dev/null; then \
			$(MAKE) PYTHON=python$$version VENV=.venv-$$version test || exit 1; \
		else echo "python$$version is not here: skipped"; fi; \
	done

check: develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# Kernels run as plain Python here, so that every line of a submodel counts: only the tests with small runs.
SMALL_RUNS := tests/test_plain.py tests/test_documents.py tests/test_evidence.py tests/test_register.py \
	tests/test_mesa_model.py tests/test_population.py tests/theory/test_thresholds.py
coverage: develop
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n 2 -m "not compiled" $(SMALL_RUNS) \
		--cov=carespread.model --cov-report=term:skip-covered --cov-fail-under=90

figures: develop
	rm -rf results/runs/readme
	$(BIN)/carespread run historical --innovation dscr --out results/runs/readme
	mkdir -p docs/images && cp results/runs/readme/figures/adoption-dscr.png docs/images/adoption.png
	$(BIN)/python -m carespread.model.odd
	$(BIN)/python -m carespread.experiments.showcase.behaviour
	rm -rf results/runs/claims
	$(BIN)/carespread ablate --out results/runs/claims
	mkdir -p docs/images/claims && cp results/runs/claims/figures/claims.png results/runs/claims/claims.csv \
		results/runs/claims/effects.csv docs/images/claims/

# Every published figure and table from the model alone, and whether each is as it was published: two hours or more
# The fit comes first: it is published from a clean checkout alone, and a figure that differs would stop it.
reproduce: posterior figures page
	git checkout -- docs/checksums.txt
	$(BIN)/python -m carespread.calibration.checksums

# Fits anew what runs take by default: after every change of results, with everything committed. The fit never sees what
# is held out; `scored` scores it once, and publishes. Commit in between where the model is frozen in a commit of its own.
posterior: fitted scored studies

FIT := results/runs/posterior
fitted: develop
	rm -rf $(FIT)
	$(BIN)/carespread calibrate --rivals --out $(FIT)

scored: develop
	$(BIN)/carespread validate --posterior $(FIT)
	$(BIN)/python -m carespread.calibration.publish $(FIT)
	mkdir -p docs/images/fit && rm -f docs/images/fit/*
	cp $(FIT)/figures/*.png $(FIT)/scored/figures/*.png $(FIT)/learned.csv $(FIT)/checked.csv $(FIT)/patterns.csv \
		$(FIT)/scored/*.csv docs/images/fit/
	$(BIN)/python -m carespread.calibration.report

# The model beside published studies, as docs/studies.md shows it: after every fit
studies: develop
	rm -rf results/runs/studies
	$(BIN)/carespread studies --out results/runs/studies
	mkdir -p docs/images/studies
	cp results/runs/studies/*.csv results/runs/studies/figures/studies.png docs/images/studies/
	$(BIN)/python -m carespread.calibration.report

# The policy page that ships, its pictures and its two printed pages: about half an hour, most of it the library
page: develop
	rm -rf results/runs/library
	$(BIN)/carespread library --out results/runs/library
	$(BIN)/carespread page --library results/runs/library --out results/published/policy.html
	$(BIN)/python -m tests.photographs
	$(BIN)/python -m carespread.calibration.report

# Documents, lessons and the Python reference as pages with search: open docs/_site/html/docs/site/index.html
site: develop
	$(BIN)/sphinx-build --quiet --keep-going -j 2 -c docs/site . docs/_site/html

# What each package that is installed may be used under, and what is known to be wrong with it (asks a database online)
licences: develop
	$(BIN)/python -m benchmarks.licences

# Another database, such as a mirror of OSV where no other can be reached:
# make audit DATABASE="--vulnerability-service osv --osv-url http://localhost:8080/v1/query"
audit: develop
	$(BIN)/python -m benchmarks.audit $(DATABASE)

benchmark: develop
	$(BIN)/python -m benchmarks.run

# Versions and hashes for every Python that the project supports; the file names no registry.
lock: develop
	echo uv | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o installer.lock
	for extra in "" "-dev"; do \
		$(BIN)/uv pip compile pyproject.toml --extra $$(test -z "$$extra" && echo build || echo dev) --universal --python-version 3.11 --generate-hashes \
			--no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements$$extra.lock || exit 1; \
	done

clean:
	rm -rf $(VENV) .venv-3.12 .venv-3.13 .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
