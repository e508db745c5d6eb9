# pgvigil: `make demo` shows it, `make test` checks it.
#
# Both first install what is missing (Debian or Ubuntu; through sudo where this is not root) and spend no time
# on it when nothing is.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PREFIX ?= /usr/local
DESTDIR ?=
DEMO_FLAGS ?=

# The toolchain's own directory goes first: Debian's python3-swiftclient is called `swift` too.
SWIFT_HOME := $(shell .ci/toolchain)
export PATH := $(if $(SWIFT_HOME),$(SWIFT_HOME):)$(PATH)

SWIFT := swift
# Nobody looks our functions up by name while it runs: without their names it is 1.4 MiB smaller, in memory 1.9;
# functions that come out alike are kept once, another 0.5 MiB.
# For size: no slower in what users wait for, and a tenth of the text less to map. Each function in a section of its own:
# what nothing calls is left out, 1.8 MiB.
OPTIMIZED := -c release -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections
RELEASE := $(OPTIMIZED) --static-swift-stdlib --product pgvigil -Xlinker --no-export-dynamic -Xlinker --icf=safe
BINARY = $(shell $(SWIFT) build $(RELEASE) --show-bin-path)/pgvigil
SOURCES := Package.swift Sources Tests

.PHONY: all demo test sanitize corpus bench build install uninstall check format clean deps toolchain

all: build

toolchain:
	@.ci/toolchain --explain

deps: toolchain
	@.ci/dependencies

build: deps
	$(SWIFT) build $(RELEASE)

demo: build
	@$(BINARY) demo $(DEMO_FLAGS)

# What failed is said again at the end: a long log's last lines are all that some ever see.
define TESTS
@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
  $(1) 2>&1 | tee "$$log" && status=0 || status=$$?; \
  if [ $$status -ne 0 ]; then echo; echo "Failed:"; grep '✘' "$$log" || tail -n 20 "$$log"; fi; \
  exit $$status
endef

test: deps
	$(SWIFT) build --build-tests
	$(call TESTS,$(SWIFT) test --skip-build --disable-xctest --parallel --skip LiveTests)
	$(call TESTS,.ci/live)

# Data races: the unit tests under the thread sanitizer, built in a folder of their own; what is one of them .ci/races
# tells. Servers of the tests report into the same folder.
SANITIZED := --sanitize=thread --scratch-path .build/sanitized
RACES := $(CURDIR)/.build/races
sanitize: deps
	$(SWIFT) build --build-tests $(SANITIZED)
	rm -rf $(RACES)
	mkdir -p $(RACES)
	TSAN_OPTIONS="exitcode=0 log_path=$(RACES)/report" \
	  $(SWIFT) test --skip-build --disable-xctest $(SANITIZED) --no-parallel \
	  --skip LiveTests --skip TerminalTests
	@.ci/races $$(find $(RACES) -type f)

# Every state in which backups lie, on real servers, in real stores and behind a stand-in of an operator; the tests run
# some of the first and all of the last.
corpus: deps
	$(SWIFT) build --build-tests
	PGVIGIL_CORPUS=all $(SWIFT) test --skip-build --disable-xctest --no-parallel \
	  --filter "CorpusTests"

# Beside pg_activity where that is installed (apt-get install pg-activity).
bench: build
	$(SWIFT) build $(OPTIMIZED) --product StandInServer
	$(SWIFT) build $(OPTIMIZED) --product Benchmarks
	@PGVIGIL=$(BINARY) $(SWIFT) run -c release --skip-build Benchmarks

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/pgvigil/themes \
	  $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -s -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/pgvigil
	install -m 0644 themes/*.yaml $(DESTDIR)$(PREFIX)/share/pgvigil/themes/
	$(BINARY) generate-manual > $(DESTDIR)$(PREFIX)/share/man/man1/pgvigil.1
	$(BINARY) --generate-completion-script bash \
	  > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/pgvigil
	$(BINARY) --generate-completion-script zsh \
	  > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_pgvigil
	$(BINARY) --generate-completion-script fish \
	  > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/pgvigil.fish

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/pgvigil $(DESTDIR)$(PREFIX)/share/man/man1/pgvigil.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/pgvigil \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_pgvigil \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/pgvigil.fish
	rm -rf $(DESTDIR)$(PREFIX)/share/pgvigil

check: deps
	$(SWIFT) format lint --strict -r $(SOURCES)
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error

format: toolchain
	$(SWIFT) format -i -r $(SOURCES)

clean:
	rm -rf .build
