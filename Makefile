# Nidra Box. `make` alone lists the targets.
# Everything that a target needs it sets up by itself, in this folder (.venv, build/).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two stamps: what a listener needs, and what a tester needs besides.
LISTENER := $(VENV)/.run
TESTER := $(VENV)/.test
NIDRA := ./nidra-box

PREFIX ?= /usr/local
DESTDIR ?=
ROOT := $(DESTDIR)$(PREFIX)

.DEFAULT_GOAL := help
.PHONY: help run test quick lock rig-test bench check audio book nights install install-program deb clean debian-packages

help: ## list the targets
	@echo "Nidra Box"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(LISTENER) ## the box in this terminal; without a terminal a whole night is replayed
	@if [ -t 0 ] && [ -t 1 ]; then \
	    $(NIDRA) simulate; \
	else \
	    echo "no terminal here: replaying a whole night instead" && \
	    $(NIDRA) replay --out build/night --sound 0:00..3:00; \
	fi

quick: $(TESTER) ## style, types and the unit tests that take less than half a second (under a minute)
	@$(BIN)/ruff check -q nidra_box tests benchmarks
	@$(BIN)/ruff format --check -q nidra_box tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -n 2 -m "not slow" tests/unit tests/property tests/test_layers.py

test: $(TESTER) debian-packages ## all tests, with a hundred random nights (about 10 minutes on two processors)
	@tests/run-all $(BIN)/python

rig-test: $(TESTER) ## the box in a virtual Pi, as root on Debian; QUICK=1: the quick ones (see tests/rig)
	@tests/rig/build
	@$(BIN)/python -m pytest -rPs -n auto --dist loadfile --timeout $(if $(QUICK),1800,14400) tests/rig $(if $(QUICK),-m quick -n 3 -x)

bench: $(TESTER) debian-packages ## speed and memory beside mpd and mpv (about an hour; OUT=docs/benchmarks.md keeps it)
	@tests/debian-packages mpd mpv libsndfile1
	@$(BIN)/python -m benchmarks -o $(or $(OUT),build/benchmarks.md)

check: $(TESTER) ## style, types, scripts, voices, configuration, schemas, the book of programmes
	$(BIN)/ruff check nidra_box tests benchmarks
	$(BIN)/ruff format --check nidra_box tests benchmarks
	$(BIN)/mypy
	$(NIDRA) check audio/programmes config/nidra-box.yaml
	$(NIDRA) schema script --check docs/schema/nidra-script-1.json
	$(NIDRA) schema config --check docs/schema/nidra-box-config.json
	$(NIDRA) book --check docs/programmes.md

audio: $(LISTENER) ## render the voice cues whose words or settings changed (needs Festival)
	@for script in audio/programmes/*.yaml recordings; do \
	    $(NIDRA) voice build $$script --into audio/voice || exit 1; \
	done

book: $(LISTENER) ## write the schemas and docs/programmes.md with its charts
	$(NIDRA) schema script --force -o docs/schema/nidra-script-1.json
	$(NIDRA) schema config --force -o docs/schema/nidra-box-config.json
	$(NIDRA) book --force -o docs/programmes.md

nights: $(TESTER) ## five thousand random nights through the real loop, on every processor
	$(BIN)/python -m tests.nights.random_nights --nights 5000

lock: ## choose all Python packages anew: locks/run.txt (a listener's) and locks/test.txt, with hashes
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet --disable-pip-version-check uv
	$(LOCK) --extra sim --extra charts -o locks/run.txt
	$(LOCK) --extra sim --extra charts --extra test -c locks/run.txt -o locks/test.txt
LOCK := build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --custom-compile-command 'make lock' pyproject.toml

# A plain copy for the system's own Python: nothing is fetched, pip is not asked. STUDIO=no: the
# box alone.
install-program:
	rm -rf "$(ROOT)/lib/nidra-box" "$(ROOT)/share/nidra-box"
	install -d "$(ROOT)/bin" "$(ROOT)/lib/nidra-box"
	find nidra_box -name '*.py' $(if $(filter no,$(STUDIO)),-not -path '*/studio/*') \
	    -exec install -D -m 644 {} "$(ROOT)/lib/nidra-box/{}" \;
	find audio config docs/schema docs/writing-a-programme.md -type f \
	    -exec install -D -m 644 {} "$(ROOT)/share/nidra-box/{}" \;
	install -D -m 644 -t "$(ROOT)/share/nidra-box/systemd" systemd/hardware-watchdog.conf
	install -D -m 644 -t "$(ROOT)/share/doc/nidra-box" *.md LICENSE
	find docs -type f -not -path 'docs/schema/*' -not -path docs/writing-a-programme.md \
	    -exec install -D -m 644 {} "$(ROOT)/share/doc/nidra-box/{}" \;
	ln -sfn ../../../nidra-box/docs/writing-a-programme.md "$(ROOT)/share/doc/nidra-box/docs/"
	for script in hush lights-off take-stick; do \
	    to="$(ROOT)/lib/nidra-box/$$script"; \
	    sed 's| /usr/bin/nidra-box| $(PREFIX)/bin/nidra-box|' systemd/$$script > "$$to" && \
	    chmod 755 "$$to" || exit 1; done
	printf '%s\n' '#!/bin/sh' 'export PYTHONPATH=$(PREFIX)/lib/nidra-box PYTHONSAFEPATH=1' \
	    'exec /usr/bin/python3 -m nidra_box "$$@"' > "$(ROOT)/bin/nidra-box"
	chmod 755 "$(ROOT)/bin/nidra-box"

install: install-program ## the box as a service: PREFIX=/usr/local, DESTDIR= (as root; see systemd/README.md)
	install -d "$(ROOT)/lib/systemd/system"
	for unit in systemd/*.service systemd/*.path systemd/*.timer; do \
	    to="$(ROOT)/lib/systemd/system/$${unit##*/}"; \
	    sed '/^#/!s|/usr/|$(PREFIX)/|' "$$unit" > "$$to" && chmod 644 "$$to" || exit 1; done
	install -D -m 644 systemd/nidra-box.sysusers "$(ROOT)/lib/sysusers.d/nidra-box.conf"
	install -D -m 644 systemd/nidra-box.tmpfiles "$(ROOT)/lib/tmpfiles.d/nidra-box.conf"
	install -D -m 644 systemd/nidra-box.rules "$(ROOT)/lib/udev/rules.d/90-nidra-box.rules"
	[ -e "$(DESTDIR)/etc/nidra-box/nidra-box.yaml" ] || \
	    install -D -m 644 -t "$(DESTDIR)/etc/nidra-box" config/nidra-box.yaml
	[ -n "$(DESTDIR)" ] || /usr/bin/python3 -m compileall -q "$(ROOT)/lib/nidra-box"

deb: ## the Debian packages, looked at by lintian; the last line is where nidra-box lies
	@debian/build build

clean: ## remove everything that was made here (your recordings in build/share stay)
	rm -rf $(VENV) build/night build/rtnull build/lock build/tests build/*.deb build/cache night *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find nidra_box tests -name __pycache__ -prune -exec rm -rf {} +

# The packages as they were when the lock was written, each known by its hash; and this folder, by
# its path. What is compiled is compiled when it is first used.
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes
$(LISTENER): locks/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed (found: $$($(PYTHON) --version))"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || tests/debian-packages python3-venv
	@echo "setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r locks/run.txt
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' | \
	    { read -r place && echo "$(CURDIR)" > "$$place/nidra-box.pth"; }
	@touch $@

$(TESTER): locks/test.txt $(LISTENER)
	@echo "adding what the tests need (once)"
	@$(PIP) -r locks/test.txt
	@touch $@

debian-packages:
	@tests/debian-packages gcc libasound2-dev festival festvox-us-slt-hts ffmpeg || true
