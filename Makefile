# The two commands of a newcomer: `make run` and `make test`. Settings of `make run`, with their defaults:
#   PORT=8042  DICOM_PORT=4242  API_PORT=(closed)  STORAGE=var  DEMO=1

SYSTEM_PYTHON ?= /usr/bin/python3
PYTHON := .venv/bin/python
SOURCES := plugin ophtha_core registration tests benchmarks
export PORT DICOM_PORT API_PORT STORAGE DEMO

.DEFAULT_GOAL := help
.PHONY: help run test quick lint types unit scripts-lint scripts-unit pages coverage bench campaign openapi sbom lock packages test-packages campaign-packages test-debian clean

help:  ## List the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

run: packages .venv/runtime.stamp pages  ## Start Orthanc with the plugin on http://localhost:8042
	@exec $(PYTHON) -m plugin.standalone.run

test: packages test-packages .venv/dev.stamp pages lint types scripts-unit unit  ## Install, check and test everything

quick: .venv/dev.stamp scripts-unit  ## Test what needs no Orthanc, no browser and no database server: a minute
	$(PYTHON) -m pytest -q -m "not server and not slow" --hypothesis-profile=quick

lint: .venv/dev.stamp scripts-lint
	$(PYTHON) -m ruff check $(SOURCES)
	$(PYTHON) -m ruff format --check $(SOURCES)
	.venv/bin/lint-imports

types: .venv/dev.stamp
	$(PYTHON) -m mypy

# Parts of the tests, some at a time (JOBS): each spends much of its time waiting for the product it started. The longest
# come first. A part is its folder, or file, without the parts within, and `tests` is all that is left: nothing can be forgotten.
# What was skipped is said last.
FOLDERS := tests/plugin tests/plugin/service/jobs tests/plugin/service/pixels_masker/test_faults.py tests/plugin/service \
	tests/plugin/service/pixels_masker tests tests/pages tests/plugin/service/ct_registration tests/campaign tests/conformance
JOBS ?= 3
RESULTS := build/results
unit: .venv/dev.stamp
	@rm -rf $(RESULTS)
	@$(MAKE) --no-print-directory --jobs=$(JOBS) --keep-going $(FOLDERS:%=unit-%); \
		outcome=$$?; $(PYTHON) -m tests.skips $(RESULTS)/*.xml; exit $$outcome

.PHONY: $(FOLDERS:%=unit-%)
$(FOLDERS:%=unit-%): unit-%:
	$(PYTHON) -m pytest $* $(addprefix --ignore=,$(filter $*/%,$(FOLDERS))) --junitxml=$(RESULTS)/$(subst /,-,$*).xml

# Minutes for each room, most of an hour for all.
coverage: packages test-packages .venv/dev.stamp  ## See that each module is run by the tests of its room (ROOMS="registration ophtha_core/oct")
	$(PYTHON) -m tests.coverage $(ROOMS)

bench: packages .venv/dev.stamp pages  ## Run us and our peers side by side (takes long)
	@plugin/standalone/packages chromium dcmtk fonts-dejavu-core
	for script in masking oct registration registration_job annotations pages; do $(PYTHON) -m benchmarks.$$script || exit 1; done

# PARTS="fuzz files chaos soak", SECONDS of each part, SEED of everything random.
campaign: packages test-packages campaign-packages .venv/dev.stamp  ## Fuzz, hostile files, faults and load (PARTS=chaos SECONDS=120 SEED=7)
	$(PYTHON) -m tests.campaign $(if $(PARTS),--parts "$(PARTS)") $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED))

openapi: .venv/dev.stamp build/tools.stamp  ## Write the golden description of the API anew, and what the pages know of it
	$(PYTHON) -m tests.plugin.service.test_openapi
	$(IN_TOOLS) npm run --silent schemas

sbom: .venv/runtime.stamp  ## Write build/sbom.cdx.json (CycloneDX) and build/licences.txt
	$(PYTHON) -m plugin.standalone.bill_of_materials build

lock: .venv/dev.stamp  ## Write the lock files anew
	requirements/lock

packages:
	@plugin/standalone/packages orthanc orthanc-python python3-venv curl

test-packages:
	@plugin/standalone/packages orthanc-wsi dicom3tools plastimatch chromium fonts-dejavu-core fonts-droid-fallback postgresql orthanc-postgresql

campaign-packages:
	@plugin/standalone/packages orthanc-postgresql faketime

test-debian:  ## Both commands on a bare Debian 13 (SUITE=bookworm, SUITE=testing for others); needs root
	tests/debian/suite

.venv/runtime.stamp: requirements/runtime.lock
	$(SYSTEM_PYTHON) -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r $<
	@# Orthanc's user often may not write here: without this, every start would compile everything anew.
	$(PYTHON) -m compileall -q plugin ophtha_core registration
	touch $@

.venv/dev.stamp: requirements/dev.lock .venv/runtime.stamp
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r $<
	touch $@

# The pages need Node only to be built: it comes from PyPI, as everything else does.
pages: build/pages.stamp  ## Build the web pages

WEB := plugin/service/ui/web
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*') plugin/tools.json
# Hospitals often have a certificate authority of their own: trust those the system trusts.
IN_WEB := cd $(WEB) && NODE_OPTIONS=--use-system-ca PATH="$(CURDIR)/build/node/bin:$$PATH"

build/node.stamp: requirements/node.lock
	$(SYSTEM_PYTHON) -m venv build/node
	build/node/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r $<
	touch $@

build/node_modules.stamp: $(WEB)/package-lock.json $(WEB)/.npmrc build/node.stamp
	$(IN_WEB) npm ci --ignore-scripts --loglevel=error
	touch $@

build/pages.stamp: $(WEB_SOURCES) build/node_modules.stamp
	$(IN_WEB) npm run --silent build
	touch $@

# What checks the pages and is no part of them: it wants another TypeScript than they are built with.
TOOLS := plugin/service/ui/tools
IN_TOOLS := cd $(TOOLS) && NODE_OPTIONS=--use-system-ca PATH="$(CURDIR)/build/node/bin:$$PATH"

build/tools.stamp: $(TOOLS)/package-lock.json $(TOOLS)/.npmrc build/node.stamp
	$(IN_TOOLS) npm ci --ignore-scripts --loglevel=error
	touch $@

scripts-lint: build/tools.stamp build/node_modules.stamp
	$(IN_TOOLS) npm run --silent schemas -- --check
	$(IN_TOOLS) npm run --silent lint

scripts-unit: build/tools.stamp build/node_modules.stamp
	$(IN_TOOLS) npm run --silent test

clean:  ## Remove what was installed and built here; the archive in var/ stays
	rm -rf .venv build plugin/service/ui/dist plugin/service/ui/web/node_modules plugin/service/ui/tools/node_modules
