# Nidra Box. `make` alone lists the targets.
# Everything that a target needs it sets up by itself, in this folder (.venv, build/).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export XDG_DATA_HOME ?= $(CURDIR)/build/share
export XDG_STATE_HOME ?= $(CURDIR)/build/state
export XDG_CACHE_HOME ?= $(CURDIR)/build/cache

PREFIX ?= /usr/local
DESTDIR ?=
ROOT := $(DESTDIR)$(PREFIX)

.DEFAULT_GOAL := help
.PHONY: help run test rig-test bench check audio book nights install install-program deb clean debian-packages

help: ## list the targets
	@echo "Nidra Box"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(READY) ## the box in this terminal; without a terminal a whole night is replayed
	@if [ -t 0 ] && [ -t 1 ]; then \
	    $(BIN)/nidra-box simulate; \
	else \
	    echo "no terminal here: replaying a whole night instead" && \
	    $(BIN)/nidra-box replay --out build/night --sound 0:00..3:00; \
	fi

test: $(READY) debian-packages ## all tests, with a hundred random nights (6 to 10 minutes)
	@tests/run-all $(BIN)/python

rig-test: $(READY) ## the box in a virtual Pi, as root on Debian; QUICK=1: the quick ones (see tests/rig)
	@tests/rig/build
	@$(BIN)/python -m pytest -rPs -n auto --dist loadfile tests/rig $(if $(QUICK),-m quick -n 3 -x)

bench: $(READY) debian-packages ## speed and memory beside mpd and mpv (about 17 minutes)
	@tests/debian-packages mpd mpv
	@$(BIN)/python -m benchmarks -o build/benchmarks.md

check: $(READY) ## style, types, scripts, voices, configuration, schemas, the book of programmes
	$(BIN)/ruff check nidra_box tests benchmarks
	$(BIN)/ruff format --check nidra_box tests benchmarks
	$(BIN)/mypy
	$(BIN)/nidra-box check audio/programmes config/nidra-box.yaml
	$(BIN)/nidra-box schema script --check docs/schema/nidra-script-1.json
	$(BIN)/nidra-box schema config --check docs/schema/nidra-box-config.json
	$(BIN)/nidra-box book --check docs/programmes.md

audio: $(READY) ## render the voice cues whose words or settings changed (needs Festival)
	@for script in audio/programmes/*.yaml; do \
	    $(BIN)/nidra-box voice build $$script --into audio/voice || exit 1; \
	done

book: $(READY) ## write the schemas and docs/programmes.md with its charts
	$(BIN)/nidra-box schema script --force -o docs/schema/nidra-script-1.json
	$(BIN)/nidra-box schema config --force -o docs/schema/nidra-box-config.json
	$(BIN)/nidra-box book --force -o docs/programmes.md

nights: $(READY) ## two thousand random nights through the real loop
	$(BIN)/python -m tests.nights.random_nights --nights 2000

# A plain copy for the system's own Python: nothing is fetched, pip is not asked.
install-program:
	rm -rf "$(ROOT)/lib/nidra-box" "$(ROOT)/share/nidra-box"
	install -d "$(ROOT)/bin" "$(ROOT)/lib/nidra-box"
	find nidra_box -name '*.py' -exec install -D -m 644 {} "$(ROOT)/lib/nidra-box/{}" \;
	find audio config docs/schema docs/writing-a-programme.md -type f \
	    -exec install -D -m 644 {} "$(ROOT)/share/nidra-box/{}" \;
	install -D -m 644 -t "$(ROOT)/share/nidra-box/systemd" systemd/hardware-watchdog.conf
	install -D -m 644 -t "$(ROOT)/share/doc/nidra-box" README.md LICENSE
	install -m 755 systemd/lights-off "$(ROOT)/lib/nidra-box/lights-off"
	printf '%s\n' '#!/bin/sh' 'export PYTHONPATH=$(PREFIX)/lib/nidra-box PYTHONSAFEPATH=1' \
	    'exec /usr/bin/python3 -m nidra_box "$$@"' > "$(ROOT)/bin/nidra-box"
	chmod 755 "$(ROOT)/bin/nidra-box"

install: install-program ## the box as a service: PREFIX=/usr/local, DESTDIR= (as root; see systemd/README.md)
	install -d "$(ROOT)/lib/systemd/system"
	sed '/^#/!s|/usr/|$(PREFIX)/|' systemd/nidra-box.service \
	    > "$(ROOT)/lib/systemd/system/nidra-box.service"
	chmod 644 "$(ROOT)/lib/systemd/system/nidra-box.service"
	install -m 644 -t "$(ROOT)/lib/systemd/system" systemd/nidra-box-config.path
	install -D -m 644 systemd/nidra-box.sysusers "$(ROOT)/lib/sysusers.d/nidra-box.conf"
	install -D -m 644 systemd/nidra-box.tmpfiles "$(ROOT)/lib/tmpfiles.d/nidra-box.conf"
	install -D -m 644 systemd/nidra-box.rules "$(ROOT)/lib/udev/rules.d/90-nidra-box.rules"
	[ -e "$(DESTDIR)/etc/nidra-box/nidra-box.yaml" ] || \
	    install -D -m 644 -t "$(DESTDIR)/etc/nidra-box" config/nidra-box.yaml
	[ -n "$(DESTDIR)" ] || /usr/bin/python3 -m compileall -q "$(ROOT)/lib/nidra-box"

deb: ## the Debian package, looked at by lintian; its path is the last line
	@debian/build build

clean: ## remove everything that was made here (your recordings in build/share stay)
	rm -rf $(VENV) build/night build/rtnull build/*.deb build/cache night *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find nidra_box tests -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed (found: $$($(PYTHON) --version))"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || tests/debian-packages python3-venv
	@echo "setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[sim,charts,test]'
	@touch $(READY)

debian-packages:
	@tests/debian-packages gcc libasound2-dev festival festvox-us-slt-hts || true
