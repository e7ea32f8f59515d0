# Two commands do everything on a machine that has python3 and make:
#   make demo    the main job, on real servers that it starts and stops
#   make test    every check and every test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
RELEASE_TOOLS := build/release-tools
WORKERS ?= 2
export ORCHESTRATOR_LOCALSTACK_HOME ?= $(CURDIR)/.localstack
export UV_NO_PROGRESS := 1
export UV_LINK_MODE := copy

.NOTPARALLEL: # with -j too, everything is installed before it is used
.PHONY: bench fuzz mutate docs package release scan audit audit-if-reachable licences http-requests model simulate test demo install lint types imports tests format requirements clean

test: install lint types imports audit-if-reachable tests ## every check and every test

demo: install ## the main job on real servers; KEEP=1 leaves them running
	@KEEP=$(KEEP) $(BIN)/python -m campaign_orchestrator.local.demo

install: $(INSTALLED) $(RELEASE_TOOLS)/.installed $(ORCHESTRATOR_LOCALSTACK_HOME)/.installed ## everything that the other commands need

$(INSTALLED): requirements/dev.txt requirements/bootstrap.txt pyproject.toml
	@echo "Installing the project and its tools into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(ORCHESTRATOR_LOCALSTACK_HOME)/.installed: $(INSTALLED) src/entrypoints/campaign_orchestrator/local/localstack_requirements.txt
	@$(BIN)/python -m campaign_orchestrator.local.localstack_installation
	@touch $@

$(RELEASE_TOOLS)/.installed: requirements/release.txt $(INSTALLED)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(RELEASE_TOOLS)
	@$(BIN)/uv pip install --quiet --python $(RELEASE_TOOLS)/bin/python --require-hashes -r requirements/release.txt
	@touch $@

lint: install ## format and style; the service's template and image
	@echo "Checking format and style"
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@$(BIN)/cfn-lint --non-zero-exit-code informational deploy/template.yaml
	@$(BIN)/hadolint deploy/Dockerfile

types: install ## mypy, strict
	@echo "Checking types"
	@$(BIN)/mypy --no-error-summary src/orchestrator_domain src/orchestrator_adapters src/entrypoints/campaign_orchestrator examples deploy tests benchmarks

imports: install ## entrypoints over adapters over domain
	@echo "Checking the dependency rule"
	@$(BIN)/lint-imports --no-cache > .importlinter.log 2>&1 || { cat .importlinter.log; exit 1; }

tests: install ## all tests, two files at a time; PYTEST_ARGS=tests/unit runs some, WORKERS=0 one after the other
	@echo "Running all tests"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(PYTEST_ARGS)

simulate: install ## random histories; N=100000 SEED=0, or REPLAY=steps
	@PYTHONPATH=tests:tests/simulation $(BIN)/python tests/simulation/run_many.py $(if $(REPLAY),--replay '$(REPLAY)',$(or $(N),10000) $(or $(SEED),0))

model: install ## every state of the protocol model; CRASHES=1 LOSSES=0 ATTEMPTS=2 SCENARIO=voice
	@PYTHONPATH=tests/simulation $(BIN)/python -m protocol_model.explore_all

http-requests: install ## generated requests against the HTTP API; N=1000 of each operation, valid and invalid
	@ORCHESTRATOR_HTTP_REQUESTS=$(or $(N),1000) $(BIN)/python -m pytest tests/integration/http/test_contract.py -o timeout=0

fuzz: install ## coverage-guided fuzzing of the handler by atheris; SECONDS=60, or INPUT=build/fuzzing/crash-...
	@test build/fuzz-tools/.installed -nt requirements/fuzz.txt || { $(PYTHON) -m venv --clear build/fuzz-tools && \
	  $(BIN)/uv pip install --quiet --python build/fuzz-tools/bin/python --require-hashes -r requirements/fuzz.txt && \
	  touch build/fuzz-tools/.installed; }
	@PYTHONPATH=src:src/entrypoints:tests build/fuzz-tools/bin/python tests/fuzzing/fuzz_handler.py \
	  $(if $(INPUT),$(INPUT),-max_total_time=$(or $(SECONDS),60))

mutate: install ## mutants of the domain against its tests; all that survive have to be known
	@test build/mutate-tools/.installed -nt requirements/mutate.txt || { $(BIN)/uv venv --quiet --clear --python $(BIN)/python build/mutate-tools && \
	  $(BIN)/uv pip install --quiet --python build/mutate-tools/bin/python --require-hashes -r requirements/mutate.txt && \
	  touch build/mutate-tools/.installed; }
	@rm -rf mutants && PATH=$(CURDIR)/build/mutate-tools/bin:$$PATH PYTHONPATH=src/entrypoints \
	  mutmut run --max-children $(WORKERS)
	@build/mutate-tools/bin/python tests/mutation/survivors.py

package: install ## what is deployed, into dist/; PACKAGE_ARGS='--architecture arm64'
	@$(BIN)/python deploy/service_package.py $(PACKAGE_ARGS)

release: install ## all that is published, into dist/, with bills of materials and checksums; RELEASE_ARGS=--twice compares two builds
	@$(BIN)/python deploy/release.py $(RELEASE_ARGS)

audit: install ## known vulnerabilities and withdrawn releases among all that is pinned; AUDIT_ARGS='--osv-url ADDRESS'
	@$(BIN)/python deploy/vulnerability_audit.py $(AUDIT_ARGS)

audit-if-reachable: install
	@echo "Auditing what is pinned"
	@$(BIN)/python deploy/vulnerability_audit.py --go-on-if-unreachable

licences: install ## of all that is installed with the service
	@$(BIN)/python deploy/licences.py

scan: install ## the image's recipe and the template against checkov's rules
	@echo "Scanning the image's recipe and the template"
	@test -x build/scan-tools/bin/checkov || { $(BIN)/uv venv --quiet --clear --python $(BIN)/python build/scan-tools && \
	  $(BIN)/uv pip install --quiet --python build/scan-tools/bin/python --require-hashes -r requirements/scan.txt; }
	@build/scan-tools/bin/checkov --config-file deploy/scan.yaml

docs: install ## the documentation as pages, with the API's reference, into build/site; its links are checked
	@echo "Building the documentation"
	@test -x build/tools/bin/mkdocs || { $(PYTHON) -m venv build/tools && \
	  $(BIN)/uv pip install --quiet --python build/tools/bin/python --require-hashes -r requirements/docs.txt; }
	@rm -rf build/documentation && mkdir -p build/documentation
	@cp -R docs README.md CHANGELOG.md SECURITY.md LICENSE build/documentation/ && cp -R deploy examples build/documentation/
	@NO_MKDOCS_2_WARNING=1 build/tools/bin/mkdocs build --quiet --strict

BENCHMARKS := ledger peers admission warm_path cold_start throughput scale operation scenario

bench: install ## what it costs, as ratios to floors of the same run; NAMES=ledger runs some of them
	@for name in $(if $(filter peers,$(or $(NAMES),$(BENCHMARKS))),peers peers_older); do \
	  test build/$$name/.installed -nt requirements/$$name.txt || { $(BIN)/uv venv --quiet --clear --python $(BIN)/python build/$$name && \
	  $(BIN)/uv pip install --quiet --python build/$$name/bin/python --require-hashes -r requirements/$$name.txt && \
	  touch build/$$name/.installed; } || exit 1; done
	@for name in $(or $(NAMES),$(BENCHMARKS)); do $(BIN)/python -m benchmarks.$$name || exit 1; done
	@test -x build/plots/bin/python || { $(PYTHON) -m venv build/plots && \
	  $(BIN)/uv pip install --quiet --python build/plots/bin/python --require-hashes -r requirements/plots.txt; }
	@build/plots/bin/python benchmarks/report.py

format: install ## put the code into the project's format
	@echo "Bringing the code into the project's format"
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

requirements: install ## choose the newest versions again
	@echo "Choosing versions"
	@for name in dev bootstrap docs release scan plots fuzz mutate peers peers_older; do $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.11 --extra lambda pyproject.toml --constraints requirements/dev.txt -o requirements/lambda.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.11 requirements/image.in --constraints requirements/dev.txt -o requirements/image.txt
	@# LocalStack 4.9.2 breaks with newer versions of what it needs, so these are chosen as of its own time.
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.11 --exclude-newer 2025-10-08 requirements/localstack.in \
	  -o src/entrypoints/campaign_orchestrator/local/localstack_requirements.txt

clean: ## remove what the other commands have made
	@echo "Removing what the other commands have made"
	@rm -rf $(VENV) .localstack .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build mutants \
	  .importlinter.log .import_linter_cache
