# Purser. `make help` says what there is.

SHELL := /bin/bash
SEEDS ?= 200
FROM ?= 1
LINKS ?= 1000
SWIFT_BUILD := swift build
PREFIX ?= /usr/local
DESTDIR ?=
BIN ?= .build/release
PACKAGES := libcurl4-openssl-dev libmicrohttpd-dev libsqlite3-dev libssl-dev

.DEFAULT_GOAL := help
.PHONY: help tools build release install uninstall test lint format simulate simulate-ci planted demo bench clean

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

lint: ## format and style, strictly
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## put the sources in form
	swift format --in-place --recursive --parallel Package.swift Sources Tests

simulate: tools ## play worlds, over memory and over SQLite on a failing disk: make simulate SEEDS=1000 FROM=1
	$(SWIFT_BUILD) -c release --product purser-simulate
	.build/release/purser-simulate --seeds $(SEEDS) --from $(FROM) --store memory
	.build/release/purser-simulate --seeds $$(( $(SEEDS) / 4 + 1 )) --from $(FROM) --store sqlite

simulate-ci: ## the slice of it that every commit must pass
	@$(MAKE) --no-print-directory simulate SEEDS=250 FROM=1

planted: tools ## put thirty bugs in, one by one, and see that the worlds find each
	PURSER_TRIED=1 $(SWIFT_BUILD) -c release --scratch-path .build-tried --product purser-simulate
	.build-tried/release/purser-simulate --planted

demo: release ## link, pull and show balances, for real, against pretend providers
	@Scripts/demo

bench: release ## what a link costs, and how fast balances are: make bench LINKS=1000
	@Scripts/install-missing sqlite3
	@Scripts/bench $(LINKS)

clean: ## remove everything that was built
	rm -rf .build .build-tried
