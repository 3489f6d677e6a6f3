# Everything that one does with Gerege in a checkout. `make` alone lists the targets.
PYTHON ?= python3
PY := .venv/bin/python
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

CODE := $(wildcard idp risk policies adapters config demo certification examples sdk/src)
CHECKED := $(wildcard $(CODE) tests tools bench fuzz)
# Debian packages that the full check needs; the tests name the package that they miss.
DEBIAN := slapd ldap-utils postgresql chromium fonts-wqy-microhei nginx caddy testssl.sh systemd redis-server softhsm2 \
    apache2 libapache2-mod-auth-openidc oidc-agent-cli openjdk-17-jdk-headless maven \
    389-ds-base libnss3-tools samba samba-ad-dc samba-ad-provision ldb-tools gcc libldap-dev libsasl2-dev

# Half of every test is waiting for real servers: three at once keep two cores busy.
WORKERS ?= $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))

.PHONY: help env dev run reset populate test fuzz ci ci-full demo demo-attack otp enrol-code travel policy-test lint format screenshots lock debian docs bench-peers

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## make .venv from the locked dependencies (done by itself by the others)
	@$(PYTHON) tools/environment.py run

dev:
	@$(PYTHON) tools/environment.py dev

run: env ## start the demonstration: identity provider, two departments, two applications (Ctrl-C stops all)
	@exec $(PY) -m demo run

reset: env ## forget all data of the demonstration, ending it first if it runs
	@$(PY) -m demo reset

demo: env ## tell the story: sign-ins, step-up, tokens, refusals, each with its reason
	@exec $(PY) -m demo story

demo-attack: env ## attack the demonstration: each attack is stopped, each leaves its mark
	@exec $(PY) -m demo attack

otp: env ## PERSON=alice: the code that her authenticator app would show now
	@$(PY) -m demo otp "$(PERSON)"

enrol-code: env ## PERSON=alice: a new one-time enrolment code
	@$(PY) -m demo enrol-code "$(PERSON)"

travel: env ## PERSON=alice COUNTRY=SG: her browser's requests come from there (COUNTRY=home: back)
	@$(PY) -m demo travel "$(PERSON)" "$(COUNTRY)"

populate: env ## PEOPLE=100000 DEPARTMENTS=500: the demonstration grows to a government's size (after `make run`)
	@$(PY) -m demo populate $(or $(PEOPLE),100000) $(or $(DEPARTMENTS),500)

policy-test: env ## run the examples beside every policy
	@exec bin/gerege policy check

test: dev ## everything but the matrix, 5 minutes at most; says what a missing program prevented
	@exec $(PY) -m pytest -n $(WORKERS) -m "not ci and not matrix" $(ARGS)

fuzz: dev ## RUNS=1000000: garbage for every parser and the machine endpoints
	@$(PY) -m fuzz --runs $(or $(RUNS),1000000)

ci-full: ci fuzz ## what does not fit into the time of every change: a million inputs of garbage besides

lint: dev ## style, types, import contracts
	@.venv/bin/ruff check $(CHECKED)
	@.venv/bin/ruff format --check $(CHECKED)
	@.venv/bin/mypy $(CODE)
	@.venv/bin/lint-imports --no-cache

format: dev ## bring the code to the project's style
	@.venv/bin/ruff check --fix-only --quiet $(CHECKED); .venv/bin/ruff format $(CHECKED)

ci: debian dev fast-ldap lint ## what every change must pass: Debian packages, lint, all tests, documents
	@CI=true $(PY) -m pytest -n $(WORKERS) -p no:cacheprovider $(ARGS)

bench-peers: dev ## ROUNDS=3 SECONDS=2: beside oidc-provider (npm) and Authlib, operations per server core-second
	@$(PY) -m bench.peers --rounds $(or $(ROUNDS),3) --seconds $(or $(SECONDS),2)

docs: dev ## write the generated documents anew
	@$(PY) -m tools.docs

screenshots: dev ## FOLDER=var/screenshots: pictures of every page
	@$(PY) -m tools.screenshots $(or $(FOLDER),var/screenshots)

lock: dev ## write requirements/*.txt from requirements/*.in (UPGRADE=1: newest versions)
	@for set in run dev fast-ldap; do .venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) \
	    requirements/$$set.in -o requirements/$$set.txt; done

fast-ldap: dev
	@.venv/bin/uv pip install --quiet --require-hashes -r requirements/fast-ldap.txt

debian:
	@missing=$$(for p in $(DEBIAN); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; echo "Installing $$missing"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing </dev/null >/dev/null; \
	elif [ -n "$$missing" ]; then echo "Not installed (not root): $$missing" >&2; fi
