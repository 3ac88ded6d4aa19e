# Build, test and try fastapi.hpp. `make` alone says what there is.
#
# Everything goes to build/; a variant (compiler and instrumentation) has a folder of its own there.
# V=1 shows the commands, JOBS=N sets how many compilers run at once. HTTPLIB=DIR takes the cpp-httplib of that directory, which
# holds upstream's httplib.h, instead of the installed one: make test HTTPLIB=../cpp-httplib

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

EXAMPLE      ?= items
ARGS         ?=
JOBS         ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 5
SEQUENCES    ?= 200
PREFIX       ?= /usr/local
DESTDIR      ?=
RECORDED     ?= ../shared/conformance
CORPUS       ?= $(RECORDED)/corpus.jsonl
OPENAPI      ?= $(RECORDED)/openapi
VECTORS      ?= $(RECORDED)/vectors.jsonl
SCHEMAS      ?= $(RECORDED)/schemas.jsonl
APP          ?=

# ---- how things are compiled ----------------------------------------------------------------------------------

VARIANT ?= gcc
HTTPLIB ?=
BUILD   := build/$(VARIANT)$(if $(HTTPLIB),-httplib)

NEWEST_CLANG = $(firstword $(foreach v,16 17 18 19 20 21,$(if $(shell command -v clang++-$(v) 2>/dev/null),clang++-$(v))) clang++)
# A char has no sign, as on ARM: these tests are the same ones that g++ runs with a signed char.
SANITIZED    = -fno-omit-frame-pointer -fno-sanitize-recover=all -funsigned-char

# The library is one file and optimised a little; tests are many files, and there the compiler's time counts. Sanitizers come with
# clang, which instruments in half of g++'s time.
LIB_OPT  := -O1 -g1
TEST_OPT := -O0 -g1
ifeq ($(VARIANT),clang)
  CXX      := $(NEWEST_CLANG)
  TEST_OPT := -O0
else ifeq ($(VARIANT),asan)
  CXX      := $(NEWEST_CLANG)
  EXTRA    := -fsanitize=address,undefined $(SANITIZED)
  LIB_FLAGS := -fsanitize=fuzzer-no-link
  LIB_OPT  := -O1 -g1
  TEST_OPT := -O0
else ifeq ($(VARIANT),tsan)
  CXX      := $(NEWEST_CLANG)
  EXTRA    := -fsanitize=thread -fno-omit-frame-pointer
  LIB_OPT  := -O1 -g1
  TEST_OPT := -O0 -g1
else ifeq ($(VARIANT),fuzz)
  CXX      := $(NEWEST_CLANG)
  EXTRA    := -fsanitize=fuzzer-no-link,address,undefined $(SANITIZED)
  LIB_OPT  := -O1 -g1
  TEST_OPT := -O1 -g1
else ifeq ($(VARIANT),release)
  LIB_OPT  := -O2
  TEST_OPT := -O2
else ifneq ($(VARIANT),gcc)
  $(error There is no VARIANT named '$(VARIANT)'; there are gcc, clang, asan, tsan, fuzz and release)
endif

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CCACHE   := $(shell command -v ccache 2>/dev/null)
# ccache looks into precompiled headers only when told that this is all right.
export CCACHE_SLOPPINESS := pch_defines,time_macros

# What the parts of the framework use, as far as it is installed; --as-needed leaves out what a program does not use.
PACKAGES := $(if $(HTTPLIB),,cpp-httplib) re2 sqlite3 libssl libcrypto zlib libargon2
DEP_CFLAGS := $(if $(HTTPLIB),-isystem $(HTTPLIB),$(shell pkg-config --cflags cpp-httplib 2>/dev/null))
DEP_LIBS   := -Wl,--as-needed $(shell for p in $(PACKAGES); do pkg-config --libs $$p 2>/dev/null; done) -pthread
# The library of the tests has argon2id where libargon2 is, and the portable server, which one that is installed has not (on Linux); the
# conformance program reads YAML where yaml-cpp is.
LIB_FLAGS  += $(shell pkg-config --exists libargon2 2>/dev/null && echo -DFASTAPI_ARGON2) $(if $(filter release,$(VARIANT)),,-DFASTAPI_PORTABLE_SERVER)
CONF_LIBS  := $(shell pkg-config --libs yaml-cpp 2>/dev/null)

# Inside the project "fastapi.hpp" is the source tree, so that an edit is seen at once and only its users are rebuilt;
# `check-header` and the suite header-only answer for the folded file.
FORWARD  := $(BUILD)/include/fastapi.hpp
INCLUDES := -I$(BUILD)/include -Iinclude
COMPILE   = $(CCACHE) $(CXX) -std=c++20 $(WARNINGS) $(EXTRA) $(INCLUDES) $(DEP_CFLAGS) -DFASTAPI_COMPILED_LIB -pthread $(CXXFLAGS)
LINK      = $(CXX) $(EXTRA) $(LDFLAGS)

ifeq ($(V),1)
  Q :=
else
  Q := @
endif
say = @echo "  $(VARIANT): $(1)"

# A target that is asked for from outside first installs what it needs and then starts make again, which by then
# finds pkg-config and the libraries. A -j of the user's is kept; without one, all cores work.
SETUP   := @tools/setup.sh
AGAIN    = $(MAKE) --no-print-directory $(if $(findstring --jobserver,$(MAKEFLAGS)),,-j$(JOBS))
# One job more than processors, for suites that wait.
AGAIN_WAITING = $(MAKE) --no-print-directory $(if $(findstring --jobserver,$(MAKEFLAGS)),,-j$(shell echo $$(($(JOBS) + 1))))
SUITE   := @tools/suite.sh
RESULTS := @tools/results.sh

PCH        := $(BUILD)/pch.hpp.gch
# The fuzzers take the library of the unit tests under the address sanitizer, which counts branches for them.
LIB        := $(if $(filter fuzz,$(VARIANT)),build/asan$(if $(HTTPLIB),-httplib),$(BUILD))/libfastapi.a
TEST_OBJS  := $(patsubst %.cpp,$(BUILD)/%.o,$(sort $(wildcard tests/*.cpp)))
CONF_OBJS  := $(patsubst %.cpp,$(BUILD)/%.o,$(sort $(wildcard tests/conformance/*.cpp tests/conformance/*/*.cpp)))
FUZZERS    := $(patsubst tests/fuzz/%.cpp,$(BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/*.cpp)))
EXAMPLES   := $(patsubst examples/%.cpp,%,$(sort $(wildcard examples/*.cpp examples/tutorial/*.cpp) examples/tutorial/bigger/main.cpp))
# The tutorial's program of several files.
BIGGER_OBJS := $(patsubst %.cpp,$(BUILD)/%.o,$(sort $(wildcard examples/tutorial/bigger/*.cpp)))
TUTORIAL    := $(sort $(wildcard docs/tutorial/*.md))
# The tests that open sockets or start threads; the thread sanitizer looks at these.
SOCKET_TESTS := $(sort $(wildcard $(foreach w,server tls socket thread concurren background stream process hostile_req upload files timeout middleware exception sql,tests/*$(w)*.cpp)))
TSAN_TESTS ?= $(SOCKET_TESTS)
TSAN_OBJS  := $(patsubst %.cpp,$(BUILD)/%.o,$(sort tests/main.cpp $(TSAN_TESTS)))

# ---- for people -----------------------------------------------------------------------------------------------

.PHONY: help run test test-all examples conformance bench header check-header format swagger-ui fuzz install clean
.PHONY: test-clang test-asan test-tsan test-sql-long test-header test-consumers test-browser test-websocket-clients test-sql-differential test-readme

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1#\2/p' Makefile | awk -F'#' '{printf "%-24s %s\n", $$1, $$2}'

run: ## build and serve an example: EXAMPLE=items ARGS="--port 8080"
	$(SETUP) run
	@test -f examples/$(EXAMPLE).cpp || { echo "There is no examples/$(EXAMPLE).cpp; there are: $(EXAMPLES)." >&2; exit 1; }
	@$(AGAIN) $(BUILD)/examples/$(EXAMPLE)
	@exec $(BUILD)/examples/$(EXAMPLE) $(ARGS)

test: ## the tests, with g++, in a few minutes
	$(SETUP) test
	$(RESULTS) begin
	@$(AGAIN_WAITING) suites-test
	$(RESULTS) total $(if $(FASTAPI_ALL_RESULTS),test)

test-all: ## what `make test` leaves out: sanitizers with clang, examples, conformance, CMake, fuzzing, ...
	$(SETUP) test-all
	$(RESULTS) begin
	@$(AGAIN_WAITING) suites-all
	$(RESULTS) total $(if $(FASTAPI_ALL_RESULTS),test-all)

test-clang: ## the unit tests with clang++
	$(SETUP) test-all
	@$(AGAIN) VARIANT=clang unit

test-asan: ## the unit tests with clang++, under the address and undefined-behaviour sanitizers
	$(SETUP) test-all
	@$(AGAIN) VARIANT=asan unit

test-tsan: ## the socket and thread tests under the thread sanitizer
	$(SETUP) test-all
	@$(AGAIN) VARIANT=tsan unit-tsan

test-sql-long: ## SQL for a minute each under contention, and 200 times killed
	$(SETUP) test
	@$(AGAIN) $(BUILD)/unit_tests
	@FASTAPI_SQL_SECONDS=60 FASTAPI_SQL_KILLS=200 $(BUILD)/unit_tests -sf='*test_sql_durability.cpp' -d

test-header: ## the folded fastapi.hpp alone, as a user has it
	$(SETUP) test-all
	@tests/header_only/run.sh

test-consumers: ## outside projects that use CMake and pkg-config
	$(SETUP) test-all
	@tests/consumers/run.sh

test-browser: ## the docs pages in headless Chromium
	$(SETUP) test-all
	@$(MAKE) --no-print-directory browser

test-websocket-clients: ## WebSocket clients of others: npm's ws, PyPI's websockets, headless Chromium
	$(SETUP) test-all
	@$(AGAIN) websocket-clients

test-sql-differential: ## random operations by our sql room and by PyPI's SQLModel: SEQUENCES=200
	$(SETUP) test-all
	@$(AGAIN) sql-differential

test-readme: ## compile the programs in README.md and docs/
	$(SETUP) test
	@$(AGAIN) readme

examples: ## compile all examples, those of the tutorial too, and try them
	$(SETUP) test
	@$(AGAIN) try-examples
	@$(AGAIN) try-tutorial

conformance: ## compare with recorded FastAPI answers: CORPUS=file OPENAPI=dir VECTORS=file APP=prefix
	$(SETUP) test
	@$(AGAIN) compare

bench: ## measure: bench/run.sh
	$(SETUP) bench
	@exec bench/run.sh $(ARGS)

header: ## fold include/fastapi/ into fastapi.hpp
	$(SETUP) header
	@tools/embed_docs.py
	@tools/amalgamate.py

check-header: ## fail when fastapi.hpp is not what include/fastapi/ gives
	@tools/embed_docs.py --check
	@tools/amalgamate.py --check

format: ## lay out the sources with clang-format
	$(SETUP) format
	@find include tests examples bench tools -regex '.*\.\(hpp\|ipp\|cpp\)' ! -name docs_html.ipp | \
	    xargs -r $$(command -v clang-format-16 || echo clang-format) -i

swagger-ui: ## fetch the docs page's assets from npm into ./swagger-ui, to serve them without a CDN
	@tools/swagger_ui.sh swagger-ui

fuzz: ## run every fuzz target for FUZZ_SECONDS=5
	$(SETUP) test-all
	@$(AGAIN) VARIANT=fuzz run-fuzzers

install: ## install header, library, pkg-config and CMake files: PREFIX=/usr/local DESTDIR=
	$(SETUP) run
	@$(AGAIN) VARIANT=release install-files

clean: ## remove build/
	@rm -rf build

# ---- the suites -----------------------------------------------------------------------------------------------

.PHONY: suites-test suites-all compile-fail unit unit-tsan quick-examples try-examples try-tutorial all-examples browser websocket-clients sql-differential readme compare run-fuzzers install-files FORCE

# A suite is a target, so that one that waits runs beside others that compile; what it prints is kept together and comes at its end.
# `programs-X` compiles what a suite runs and gives way to the suites that measure time, which follow one another (the targets
# behind the bar). A program that does not compile is tried again by its suite, which then has the compiler's words.
GENTLY = nice -n 5 $(MAKE) --no-print-directory -k
suite-%: SUITE := @TOGETHER=1 tools/suite.sh
.PHONY: programs-unit programs-base programs-websockets programs-conformance programs-asan programs-tsan programs-fuzz

suites-test: suite-check-header suite-unit suite-compile-fail suite-quick-examples
suites-all: suite-check-header-again suite-examples suite-tutorial suite-readme suite-conformance suite-unit-asan suite-unit-tsan \
    suite-browser suite-websocket-clients suite-sql-differential suite-header-only suite-consumers suite-fuzz

programs-unit: ; +-@$(GENTLY) $(BUILD)/unit_tests
programs-base: ; +-@$(GENTLY) $(LIB) $(PCH)
programs-websockets: programs-base ; +-@$(GENTLY) $(BUILD)/tests/websocket_clients/server $(BUILD)/tests/sql_differential/ours
programs-conformance: programs-websockets ; +-@$(GENTLY) $(BUILD)/conformance
programs-asan: ; +-@$(GENTLY) VARIANT=asan build/asan/unit_tests
programs-tsan: | programs-asan ; +-@$(GENTLY) VARIANT=tsan build/tsan/tsan_tests
programs-fuzz: | programs-asan programs-tsan ; +-@$(GENTLY) VARIANT=fuzz fuzzers

suite-check-header suite-check-header-again: ; $(SUITE) check-header $(MAKE) check-header
suite-unit: programs-unit ; $(SUITE) unit $(MAKE) unit
suite-compile-fail: programs-unit ; $(SUITE) compile-fail nice -n 5 $(MAKE) compile-fail
suite-quick-examples: programs-unit ; $(SUITE) quick-examples nice -n 5 $(MAKE) quick-examples

suite-browser: programs-base ; $(SUITE) browser $(MAKE) browser
suite-websocket-clients: programs-websockets | suite-browser ; $(SUITE) websocket-clients $(MAKE) websocket-clients
suite-unit-asan: programs-asan | suite-websocket-clients ; $(SUITE) unit-asan $(MAKE) VARIANT=asan unit
suite-unit-tsan: programs-tsan | suite-unit-asan ; $(SUITE) unit-tsan $(MAKE) VARIANT=tsan unit-tsan
suite-sql-differential: programs-websockets ; $(SUITE) sql-differential nice -n 5 $(MAKE) sql-differential
suite-conformance: programs-conformance ; $(SUITE) conformance $(MAKE) compare
suite-examples: programs-conformance ; $(SUITE) examples nice -n 5 $(MAKE) try-examples
suite-tutorial: suite-examples ; $(SUITE) tutorial $(MAKE) try-tutorial
suite-readme: suite-examples ; $(SUITE) readme nice -n 5 $(MAKE) readme
suite-header-only: | programs-fuzz ; $(SUITE) header-only nice -n 5 tests/header_only/run.sh
suite-consumers: | programs-fuzz ; $(SUITE) consumers nice -n 5 tests/consumers/run.sh
# The fuzzers have their seconds to themselves.
suite-fuzz: programs-fuzz | suite-unit-tsan suite-conformance suite-tutorial suite-readme suite-header-only suite-consumers
	$(SUITE) fuzz $(MAKE) VARIANT=fuzz run-fuzzers

compile-fail: $(PCH)
	$(Q)COMPILER='$(filter-out $(CCACHE),$(COMPILE)) $(TEST_OPT) -include $(BUILD)/pch.hpp' tests/compile_fail/run.sh

unit: $(BUILD)/unit_tests
	$(Q)tests/unit.sh $(BUILD)/unit_tests $(SOCKET_TESTS) -- $(TEST_ARGS)

unit-tsan: $(BUILD)/tsan_tests
	$(Q)tests/tsan.sh $(BUILD)/tsan_tests $(TSAN_TESTS) -- $(TEST_ARGS)

quick-examples: $(BUILD)/examples/hello $(BUILD)/examples/items
	$(Q)tools/try_programs.sh $(foreach e,hello items,$(BUILD)/examples/$(e)=examples/$(e).cpp)

all-examples: $(EXAMPLES:%=$(BUILD)/examples/%)

# One example that does not compile is one failure: the others are still tried.
try-examples:
	@$(MAKE) --no-print-directory -k all-examples || true
	$(Q)tools/try_programs.sh $(foreach e,$(EXAMPLES),$(BUILD)/examples/$(e)=examples/$(e).cpp)

# What the tutorial's pages type, typed at its programs.
try-tutorial:
	@$(MAKE) --no-print-directory -k $(patsubst %,$(BUILD)/examples/%,$(filter tutorial/%,$(EXAMPLES))) || true
	$(Q)tools/tutorial.py try $(BUILD) $(TUTORIAL)

browser:
	$(Q)node tests/browser/docs_test.mjs

websocket-clients: $(BUILD)/tests/websocket_clients/server
	$(Q)tests/websocket_clients/run.sh $<

sql-differential: $(BUILD)/tests/sql_differential/ours
	$(Q)tests/sql_differential/run.sh $< $(SEQUENCES)

README_DIR := $(BUILD)/readme
readme:
	$(Q)tools/tutorial.py check $(TUTORIAL)
	@rm -rf $(README_DIR)
	@tools/readme_snippets.py $(README_DIR) README.md $(wildcard docs/*.md)
	@$(MAKE) --no-print-directory -k build-readme || true
	$(Q)tools/try_programs.sh $$(for f in $(README_DIR)/*.cpp; do test -f $$f && echo $${f%.cpp}=$$f; done)

.PHONY: build-readme
build-readme: $(patsubst %.cpp,%,$(wildcard $(README_DIR)/*.cpp))

compare:
	@if [ ! -f "$(CORPUS)" ] && [ ! -f "$(VECTORS)" ]; then \
	    echo "conformance: there are no recorded answers at $(CORPUS), so there is nothing to compare with."; \
	    echo "0 passed, 0 failed"; \
	elif [ -z "$(CONF_OBJS)" ]; then \
	    echo "conformance: there is no program in tests/conformance/ that could compare."; exit 1; \
	else \
	    $(MAKE) --no-print-directory $(BUILD)/conformance && \
	    $(BUILD)/conformance --corpus "$(CORPUS)" --openapi "$(OPENAPI)" --vectors "$(VECTORS)" --schemas "$(SCHEMAS)" $(if $(APP),--app "$(APP)"); \
	fi

.PHONY: fuzzers
fuzzers: $(FUZZERS)

run-fuzzers: $(FUZZERS)
	$(Q)tools/fuzz.sh $(FUZZ_SECONDS) $(JOBS) $(FUZZERS)

# ---- rules ----------------------------------------------------------------------------------------------------

# Rewritten only when the command line changes, so that other flags mean other objects.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LIB_OPT) $(LIB_FLAGS) / $(TEST_OPT)' | cmp -s - $@ || echo '$(COMPILE) $(LIB_OPT) $(LIB_FLAGS) / $(TEST_OPT)' >$@

# The list of tests: a test that is gone must leave the program too.
$(BUILD)/%.list: FORCE
	@mkdir -p $(@D)
	@echo '$($(*)_OBJS)' | cmp -s - $@ || echo '$($(*)_OBJS)' >$@

$(FORWARD):
	@mkdir -p $(@D)
	@printf '#pragma once\n#include "fastapi/fastapi.hpp"\n' >$@

$(BUILD)/tools/fastapi.o: tools/fastapi.cpp $(BUILD)/flags
	$(call say,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(LIB_OPT) $(LIB_FLAGS) -MMD -MP -c $< -o $@

ifeq ($(VARIANT),fuzz)
$(LIB): FORCE
	@$(MAKE) --no-print-directory VARIANT=asan $@
else
$(LIB): $(BUILD)/tools/fastapi.o
	@rm -f $@
	$(Q)$(AR) rcs $@ $<
endif

# What every test includes, parsed once. Not doctest, whose macros the conformance programs can do without.
$(PCH): $(BUILD)/flags $(FORWARD)
	$(call say,precompiled header)
	@echo '#include "fastapi/fastapi.hpp"' >$(BUILD)/pch.hpp
	$(Q)$(COMPILE) $(TEST_OPT) -MMD -MP -MF $(BUILD)/pch.d -MT $@ -x c++-header -c $(BUILD)/pch.hpp -o $@

TEST_PCH = -include $(BUILD)/pch.hpp
# This one includes something in front of fastapi.hpp.
$(BUILD)/tests/test_templates.o: TEST_PCH =

$(BUILD)/tests/%.o: tests/%.cpp $(PCH)
	$(call say,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_OPT) $(TEST_PCH) -MMD -MP -c $< -o $@

$(BUILD)/unit_tests: $(LIB) $(TEST_OBJS) $(BUILD)/TEST.list
	$(call say,unit_tests)
	$(Q)$(LINK) $(TEST_OBJS) $(LIB) $(DEP_LIBS) -o $@

$(BUILD)/tsan_tests: $(LIB) $(TSAN_OBJS) $(BUILD)/TSAN.list
	$(call say,tsan_tests)
	$(Q)$(LINK) $(TSAN_OBJS) $(LIB) $(DEP_LIBS) -o $@

$(BUILD)/conformance: $(LIB) $(CONF_OBJS) $(BUILD)/CONF.list
	$(call say,conformance)
	$(Q)$(LINK) $(CONF_OBJS) $(LIB) $(DEP_LIBS) $(CONF_LIBS) -o $@

# Single-file programs: compiled apart from the link, so that this goes on while the library is still being built.
.SECONDARY:
# That they include what they use is not hidden by the precompiled header: tools/try_programs.sh looks.
$(BUILD)/examples/%.o: examples/%.cpp $(PCH)
	$(call say,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_OPT) $(TEST_PCH) -MMD -MP -c $< -o $@

# These include something in front of fastapi.hpp.
$(README_DIR)/docs_templates%.o: TEST_PCH =
$(README_DIR)/%.o: $(README_DIR)/%.cpp $(PCH)
	$(call say,$<)
	$(Q)$(COMPILE) $(TEST_OPT) $(TEST_PCH) -c $< -o $@

$(BUILD)/fuzz/%.o: tests/fuzz/%.cpp $(PCH)
	$(call say,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(TEST_OPT) $(TEST_PCH) -MMD -MP -c $< -o $@

$(EXAMPLES:%=$(BUILD)/examples/%) $(BUILD)/tests/websocket_clients/server $(BUILD)/tests/sql_differential/ours $(patsubst %.cpp,%,$(wildcard $(README_DIR)/*.cpp)): %: %.o $(LIB)
	$(Q)$(LINK) $(filter %.o,$^) $(LIB) $(DEP_LIBS) -o $@
$(BUILD)/examples/tutorial/bigger/main: $(BIGGER_OBJS)

$(FUZZERS): %: %.o $(LIB)
	$(Q)$(LINK) -fsanitize=fuzzer $< $(LIB) $(DEP_LIBS) -o $@

# The installed files say which of the optional libraries this installation was built with.
install-files: $(LIB)
	@tools/install.sh "$(DESTDIR)$(PREFIX)" $(LIB) $(PACKAGES)

-include $(wildcard $(BUILD)/*.d $(BUILD)/tools/*.d $(BUILD)/tests/*.d $(BUILD)/tests/websocket_clients/*.d $(BUILD)/tests/sql_differential/*.d $(BUILD)/tests/conformance/*.d \
    $(BUILD)/tests/conformance/*/*.d $(BUILD)/examples/*.d $(BUILD)/examples/*/*.d $(BUILD)/examples/*/*/*.d \
    $(BUILD)/fuzz/*.d)
