# Purser. `make help` says what there is.

SHELL := /bin/bash
SEEDS ?= 200
FROM ?= 1
KILLS ?= 200
LINKS ?= 1000
SWIFT_BUILD := swift build
PREFIX ?= /usr/local
DESTDIR ?=
BIN ?= .build/release
PACKAGES := libcurl4-openssl-dev libmicrohttpd-dev libqrencode-dev libsqlite3-dev libssl-dev

.DEFAULT_GOAL := help
.PHONY: help tools build release install uninstall test lint format simulate simulate-ci conformance planted crash crash-ci corrupt \
	crash-figures fuzz fuzz-ci tsan mutants demo interop bench clean

help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

tools: ## install what is missing (Debian packages; as root or with sudo)
	@Scripts/install-missing $(PACKAGES)

build: tools ## build everything, debug
	$(SWIFT_BUILD) --build-tests

release: tools ## build the programs as they ship
	$(SWIFT_BUILD) -c release --static-swift-stdlib --product purserd
	$(SWIFT_BUILD) -c release --static-swift-stdlib --product purser
	$(SWIFT_BUILD) -c release --static-swift-stdlib --product mock-providers

install: ## put it below PREFIX, after `make release`: make install PREFIX=/usr/local DESTDIR=
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' BIN='$(BIN)' Scripts/install install

uninstall: ## remove exactly what install put there, with the same PREFIX and DESTDIR
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' Scripts/install uninstall

test: tools ## run every test
	@Scripts/install-missing python3-jsonschema curl openssl groff-base
	$(SWIFT_BUILD) --build-tests
	Scripts/run-tests

lint: ## format and style, strictly; every edge case has its test
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@Scripts/edge-cases --check

format: ## put the sources in form
	swift format --in-place --recursive --parallel Package.swift Sources Tests

# Linked like the programs that ship, so that nothing they are built of is compiled twice.
simulate: tools ## play worlds, over memory and over SQLite on a failing disk: make simulate SEEDS=1000 FROM=1
	$(SWIFT_BUILD) -c release --static-swift-stdlib --product purser-simulate
	.build/release/purser-simulate --seeds $(SEEDS) --from $(FROM) --store memory
	.build/release/purser-simulate --seeds $$(( $(SEEDS) / 4 + 1 )) --from $(FROM) --store sqlite

conformance: tools ## play the conformance suite's modules for clients, each at a provider that does as it says
	@$(SWIFT_BUILD) --product purser-conformance
	@.build/debug/purser-conformance

simulate-ci: ## the slice of it that every commit must pass
	@$(MAKE) --no-print-directory simulate SEEDS=250 FROM=1

planted: tools ## put thirty-five bugs in, one by one, and see that the worlds find each
	PURSER_TRIED=1 $(SWIFT_BUILD) -c release --scratch-path .build-tried --product purser-simulate
	.build-tried/release/purser-simulate --planted

MUTANTS ?= 300

# The daemon as it is tried: it can be told where to die, and waits seconds where it would wait minutes. Never shipped.
TRIED := .build-tried
.PHONY: tried
tried: tools
	PURSER_TRIED=1 swift build --scratch-path $(TRIED) --product purserd
	PURSER_TRIED=1 swift build --scratch-path $(TRIED) --product mock-providers
	PURSER_TRIED=1 swift build --scratch-path $(TRIED) --product purser-crash

crash: tried ## kill the real daemon again and again: make crash KILLS=200 FROM=1
	$(TRIED)/debug/purser-crash --kills $(KILLS) --seed $(FROM)
	$(TRIED)/debug/purser-crash --core

crash-ci: tried ## a slice of it, some three minutes
	$(TRIED)/debug/purser-crash --kills 30 --seed $(FROM)
	$(TRIED)/debug/purser-crash --core
	$(TRIED)/debug/purser-crash --full
	$(TRIED)/debug/purser-crash --corrupt 60

corrupt: tried ## full disk and damaged files: make corrupt MUTANTS=300
	$(TRIED)/debug/purser-crash --full
	$(TRIED)/debug/purser-crash --corrupt $(MUTANTS) --seed $(FROM)

# With as many spends in doubt as LINKS; 10,000 take some three minutes.
crash-figures: tools ## how long an answer is in memory only, how soon replays are sent: make crash-figures LINKS=1000
	PURSER_TRIED=1 swift build -c release --scratch-path $(TRIED) --product purserd
	PURSER_TRIED=1 swift build -c release --scratch-path $(TRIED) --product mock-providers
	PURSER_TRIED=1 swift build -c release --scratch-path $(TRIED) --product purser-crash
	$(TRIED)/release/purser-crash --figures $(LINKS)

# What it finds is an input in .build-fuzz/found. A target is a folder of Tests/FuzzTests/Corpus.
SECONDS ?= 60
TARGET ?= all
fuzz: tools ## fuzz what reads a stranger's bytes: make fuzz SECONDS=60 TARGET=json
	Scripts/fuzz $(SECONDS) $(TARGET)

fuzz-ci: tools ## a slice of it with a fixed seed, some three minutes
	Scripts/fuzz ci

# A build of its own: ThreadSanitizer changes every object.
tsan: tools ## run the engine's and the system's tests under ThreadSanitizer
	$(SWIFT_BUILD) --build-tests --sanitize=thread --scratch-path .build-tsan
	SWIFT_BACKTRACE=enable=no timeout 900 swift test --skip-build --sanitize=thread --scratch-path .build-tsan \
		--filter 'EngineTests|SystemTests'

# Of some validators only: make mutants OF="OIDC JWS"
OF ?=
mutants: tools ## take one validation out at a time, and see that a test notices
	Scripts/mutants $(OF)

demo: release ## link, pull and show balances, for real, against pretend providers
	@Scripts/demo

interop: tools ## link at a real authorization server, refresh, revoke: make interop SERVER=django-oauth-toolkit|glewlwyd|lemonldap-ng
	@$(SWIFT_BUILD) --product purserd
	@$(SWIFT_BUILD) --product purser
	@Scripts/interop/run $(SERVER)

bench: release ## what a link costs, and how fast balances are: make bench LINKS=1000
	@Scripts/install-missing sqlite3
	@Scripts/bench $(LINKS)

clean: ## remove everything that was built
	rm -rf .build $(TRIED) .build-fuzz .build-tsan .build-mutants
