# Needs make and a Python from 3.11 to 3.14; everything else is put into .venv (see CONTRIBUTING.md).
# Another Python: make PYTHON=python3.12 ...; more for the command behind a target: make test ARGS="-k placebo".

MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.PHONY: help guizhou test quick bench bench-many bench-site bench-place bench-design bench-lab lab simulate fuzz fuzz-lab check check-lock check-code check-docs check-wheel check-readme check-versions release-check docs format lock clean environment

export PYTHON ?=
bin := .venv/bin
setup := sh tools/with_python.sh tools/environment.py

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r a b; do printf '%-20s%s\n' "$$a" "$$b"; done

guizhou: ## make the environment and run the Guizhou study
	@$(setup) run
	$(bin)/pilotzone run guizhou $(ARGS)

lab: ## open the lab, a page on this machine (a folder: make lab ARGS=my-folder)
	@$(setup) test
	$(bin)/pilotzone lab $(ARGS)
	@echo
	@$(bin)/pilotzone studies --found

# One thread per worker: the workers already fill the cores. Compiled tests are kept, whatever the shell asks of Python:
# without, every worker rewrites all assertions anew, some ten seconds each.
pytest := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	$(bin)/python -m pytest --numprocesses=auto --dist=worksteal

test: ## make the environment and run the whole test suite
	@$(setup) test
	$(pytest) $(ARGS)

quick: ## the tests to run before each commit: under a minute (which are left out, and why: tests/quick.py)
	@$(setup) test
	$(pytest) -p tests.quick $(ARGS)

bench: ## time synthetic control beside other programs (less: make bench ARGS=--quick)
	@$(setup) bench
	$(bin)/python -m bench.synthetic_control $(ARGS)

bench-many: ## time effects on many units beside other programs (less: make bench-many ARGS=--quick)
	@$(setup) bench
	$(bin)/python -m bench.many $(ARGS)

bench-site: ## time ranking a million sites, and PUE of ten thousand (less: make bench-site ARGS=--quick)
	@$(setup) bench
	$(bin)/python -m bench.siting $(ARGS)

bench-place: ## time placements beside HiGHS alone (less: make bench-place ARGS=--quick)
	@$(setup) bench
	$(bin)/python -m bench.placement $(ARGS)

bench-design: ## time a year of supply beside HiPO and PyPSA (less: make bench-design ARGS=--quick)
	@$(setup) test
	@$(bin)/python tools/design_peers.py
	$(bin)/python -m bench.campus $(ARGS)

bench-lab: ## time the lab in a browser: a change, its verdict, its charts (fewer: make bench-lab ARGS=--quick)
	@$(setup) test
	$(bin)/python -m bench.lab $(ARGS)

# Whatever in the folder can be run. One thread per process: some simulations fill the cores with processes.
simulations := $(basename $(notdir $(shell grep -l __main__ tests/simulation/*.py)))

simulate: ## run all simulations in full, for hours (other draws: make simulate ARGS=1000)
	@$(setup) test
	@for part in $(simulations); do echo "== $$part"; \
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(bin)/python -m tests.simulation.$$part $(or $(ARGS),5000) || exit; done

fuzz: ## damage 2,000 files of every kind at random and read them, for an hour (other damages: make fuzz ARGS=7)
	@$(setup) test
	PILOTZONE_FUZZ=2000 PILOTZONE_FUZZ_SEED=$(or $(ARGS),1) $(pytest) tests/properties/test_fuzz.py

fuzz-lab: ## do 50 times 30 things at random to a lab, for about 4 minutes (other things: make fuzz-lab ARGS=7)
	@$(setup) test
	PILOTZONE_FUZZ_LAB=50x30 PILOTZONE_FUZZ_SEED=$(or $(ARGS),1) $(pytest) tests/properties/test_lab_actions.py

check: check-lock check-code check-docs check-wheel check-readme test ## everything that must hold before a change lands

check-lock: ## the lock files are what pyproject.toml asks for
	@$(setup) check
	$(bin)/python tools/lock.py --check

check-code: ## format, lint, types, and who may import whom
	@$(setup) check
	$(bin)/ruff format --check
	$(bin)/ruff check
	$(bin)/mypy
	$(bin)/lint-imports --no-logo --cache-dir .cache/import-linter
	$(bin)/lint-imports --no-logo --cache-dir .cache/import-linter --config tools/root-contract.toml

check-docs: ## the documentation builds as a site, and no link or anchor in it leads nowhere
	@$(setup) check
	$(bin)/python tools/site_of_docs.py --check

check-wheel: ## build the wheel, install it into a clean environment and use it there
	@$(setup) check
	$(bin)/python tools/wheel.py

docs: ## make the documentation as a static site in dist/docs/, to be opened without a server
	@$(setup) check
	$(bin)/python tools/site_of_docs.py

release-check: ## could this be released? Build both files and check them (the real ones: ARGS=--final)
	@$(setup) check
	$(bin)/python tools/release.py $(ARGS)

check-readme: ## run the README's commands in a fresh clone
	@$(setup) check
	$(bin)/python tools/readme.py

check-versions: ## run the quick tests on Python 3.12, 3.13 and lowest versions (one: make check-versions ARGS=lowest)
	@sh tools/with_python.sh tools/versions.py $(ARGS)

format: ## format the code and fix what the linter can fix
	@$(setup) check
	$(bin)/ruff check --fix-only
	$(bin)/ruff format

lock: ## compile requirements/ anew (newest versions: make lock ARGS=--upgrade)
	@sh tools/with_python.sh tools/lock.py $(ARGS)

environment: ## make .venv with all that tests and checks need
	@$(setup) check

clean: ## remove what make made, runs/ excepted
	rm -rf .venv .venv-design .venv.*.old .venv.lock .uv .cache dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
