# SPDX-License-Identifier: MIT
#
# `make help` lists the targets.  Every variable can be overridden: make BUILD=/tmp/b CC=clang

BUILD ?= build
DEPS ?= $(BUILD)
DESTDIR ?=
PREFIX ?= /usr
JOBS ?= $(shell nproc)
V ?=
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
FUZZ_CC ?= clang-14
MUSL_CC ?= $(DEPS)/sysroot/bin/musl-gcc
AGENT_LIMIT := 921600
INITRAMFS_LIMIT := 1572864

$(if $(filter-out 3,$(words $(CURDIR) $(BUILD) $(DEPS))),\
	$(error the names of the source and build folders must not contain blanks))
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS) --no-print-directory
endif
Q := $(if $(V),,@)
# What tests and tools are told, for they may change folder.
env := BUILD='$(abspath $(BUILD))' DEPS='$(abspath $(DEPS))'
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

all: $(BUILD)/sztpboot $(BUILD)/initramfs.cpio.zst ## the agent and its initramfs; prints their sizes
	@scripts/check-size $(BUILD)/sztpboot $(AGENT_LIMIT) $(BUILD)/initramfs.cpio.zst $(INITRAMFS_LIMIT)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# --- third-party libraries ----------------------------------------------------------------------

libs := bearssl tss2 blkid zstd zlib yyjson expat
deps := $(DEPS)/.deps-built
includes := -Iagent -Itests $(libs:%=-isystem $(DEPS)/include/%)

deps: $(deps) ## fetch and build the third-party libraries
$(deps): scripts/deps $(wildcard scripts/deps.*) scripts/apt-root initramfs/busybox.config
	$(Q)scripts/packages -n build
	$(Q)scripts/deps -o $(DEPS) -j $(JOBS)
	$(Q)touch $@

# --- the agent, in flavours ------------------------------------------------------------------------
# target: what ships.  host: tests, with sanitizers.  musl: tests as shipped, undefined behaviour
# traps.  fuzz: for libFuzzer.  coverage: counts the lines that tests execute.

sources := $(wildcard agent/*.c agent/*/*.c)
rooms := $(patsubst agent/%/,%,$(sort $(dir $(wildcard agent/*/*.c)))) top
room_sources = $(if $(filter top,$(1)),$(filter-out %/main.c,$(wildcard agent/*.c)),$(wildcard agent/$(1)/*.c))
# Text is cut to fit on purpose (struct error), and gcc cannot know that error_set() returns false, so
# it takes every out-parameter of a refused call for uninitialized.
common_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	-Wno-format-truncation -Wno-maybe-uninitialized -g -pipe $(includes) \
	-ffile-prefix-map=$(abspath $(DEPS))=deps -ffile-prefix-map=$(CURDIR)=.
musl_flags := -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong \
	-fno-asynchronous-unwind-tables -idirafter $(DEPS)/kh
musl_LDFLAGS := -static-pie -Wl,--gc-sections \
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,pack-relative-relocs,-z,noseparate-code -Wl,--build-id=none

target_CC = $(MUSL_CC)
target_CFLAGS := -Oz -flto $(musl_flags)
# Nothing of it reads fractions, so scanf need not (7 KB).
target_LDFLAGS := -Oz -flto=$(JOBS) $(musl_flags) $(musl_LDFLAGS) -Wl,--defsym=__floatscan=abort
target_libdir := $(DEPS)/lib
host_CC = $(CC)
host_CFLAGS := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
host_LDFLAGS := -fsanitize=address,undefined
host_libdir := $(DEPS)/host/lib
musl_CC = $(MUSL_CC)
musl_CFLAGS := -O1 $(musl_flags) -fsanitize=undefined -fsanitize-undefined-trap-on-error
musl_LDFLAGS := $(musl_LDFLAGS) -fno-lto
musl_libdir := $(DEPS)/lib
fuzz_CC = $(FUZZ_CC)
fuzz_CFLAGS := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz_LDFLAGS := -fsanitize=fuzzer,address,undefined
fuzz_libdir := $(DEPS)/host/lib
coverage_CC := gcc
coverage_CFLAGS := -O0 --coverage
coverage_LDFLAGS := --coverage
coverage_libdir := $(DEPS)/host/lib

# One archive a room, so that a test is linked with nothing but the rooms its room may use.
define flavour
$(BUILD)/$(1)/%.o: %.c $(deps)
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D) && $$($(1)_CC) $$(common_CFLAGS) $(if $(findstring \
	clang,$($(1)_CC)),-Wno-unknown-warning-option) $$($(1)_CFLAGS) $$(CFLAGS) -MMD -MP -c -o $$@ $$<
$(foreach r,$(rooms),
$(BUILD)/$(1)/$(r).a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(call room_sources,$(r))))
$(rooms:%=$(BUILD)/$(1)/%.a):
	$$(Q)rm -f $$@ && ar rcsD $$@ $$^
endef
flavours := target host musl fuzz coverage
$(foreach f,$(flavours),$(eval $(call flavour,$f)))
.DELETE_ON_ERROR:

# $(call link,flavour): link the objects and archives among the prerequisites.
link = $(Q)mkdir -p $(@D) && $($(1)_CC) $($(1)_LDFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group -L$($(1)_libdir) $(libs:%=-l%)

$(BUILD)/sztpboot.debug: $(sources:%.c=$(BUILD)/target/%.o)
	$(call say,LINK,$@)
	$(call link,target)
$(BUILD)/sztpboot: $(BUILD)/sztpboot.debug scripts/check-binary
	$(call say,STRIP,$@)
	$(Q)strip -s -o $@ $<
	$(Q)scripts/check-binary $@ $<


# --- tests ------------------------------------------------------------------------------------------
# T=pki or T=pki/voucher picks; a test of a room gets that room and all it may use, by agent/ROOMS.

test_sources := $(wildcard $(if $(T),tests/$(T)_test.c tests/$(T)/*_test.c,tests/*/*_test.c))
fuzz_sources := $(wildcard tests/fuzz/$(or $(F),*)_fuzz.c)
shell_tests := $(wildcard $(if $(T),tests/$(T)_test.sh tests/$(T)/*_test.sh,tests/*/*_test.sh))
check_programs = $(patsubst tests/%.c,$(BUILD)/$(1)/check/%,$(test_sources))
replay_programs := $(patsubst tests/%.c,$(BUILD)/host/check/%,$(fuzz_sources))
fuzz_programs := $(patsubst tests/%.c,$(BUILD)/fuzz/check/%,$(fuzz_sources))
uses := $(shell awk '/^[a-z]/ { r[$$1]; for (i = 1; i <= NF; i++) u[$$1, $$i] } \
	END { for (k in r) for (a in r) for (b in r) if ((a, k) in u && (k, b) in u) u[a, b]; \
	for (a in r) for (b in r) if ((a, b) in u) print a ":" b }' agent/ROOMS)
# The rooms a test is linked with: those its room may use, or all of them outside the rooms.
linked = $(filter $(rooms),$(or $(filter-out command,$(patsubst $(1):%,%,$(filter $(1):%,$(uses)))),$(rooms)))
room_of = $(or $(if $(filter command,$(1)),all),$(1))
fuzz_room = $(notdir $(patsubst %/,%,$(dir $(firstword $(wildcard agent/*/$(1:_fuzz=).c)))))

define test
$(BUILD)/$(1)/check/$(2): $(BUILD)/$(1)/tests/$(2).o $(4) $(foreach r,$(call linked,$(3)),$(BUILD)/$(1)/$(r).a)
	$$(call say,LINK,$$@)
	$$(call link,$(1))
endef
$(foreach t,$(test_sources:tests/%.c=%),$(foreach f,host musl coverage,\
	$(eval $(call test,$f,$t,$(call room_of,$(patsubst %/,%,$(dir $t)))))))
$(foreach t,$(fuzz_sources:tests/%.c=%),$(foreach f,host coverage,\
	$(eval $(call test,$f,$t,$(call fuzz_room,$(notdir $t)),$(BUILD)/$f/tests/fuzz/replay.o)))\
	$(eval $(call test,fuzz,$t,$(call fuzz_room,$(notdir $t)))))

tree_rules := rooms headers names style requirements
run_tests = $(env) scripts/run-tests -o $(BUILD)/test-results.$@

check: $(if $(T),,$(tree_rules)) $(call check_programs,host) $(if $(T),,$(replay_programs)) ## unit tests with sanitizers, and the tree's own rules; T=pki/voucher runs one
	@$(run_tests) $(call check_programs,host) $(if $(T),,$(replay_programs))

check-musl: $(call check_programs,musl) ## the same unit tests on the device's own libc
	@$(run_tests) $(call check_programs,musl)

fuzz-replay: $(replay_programs) ## run the fuzzers' collected inputs through the sanitizers
	@$(run_tests) $(replay_programs)

SECONDS ?= 20
fuzz: $(fuzz_programs) ## fuzz every parser for SECONDS=20, or one with F=voucher
	$(Q)for f in $(fuzz_programs); do $(env) scripts/fuzz -t $(SECONDS) $$f || exit 1; done

fuzz-short: $(fuzz_programs) ## fuzz every parser for 30 s, several at a time
	@$(run_tests) -j $(JOBS) $(fuzz_programs)

# What reads hostile bytes is measured: its own unit tests, those of its users, and the corpus.
coverage_programs := $(patsubst tests/%.c,$(BUILD)/coverage/check/%,\
	$(filter tests/codec/% tests/pki/% tests/sztp/% tests/command/%,$(test_sources)) $(fuzz_sources))
coverage: $(coverage_programs) ## lines of pki and codec that tests execute; below 95 % is a failure
	$(Q)find $(BUILD)/coverage -name '*.gcda' -delete
	@$(run_tests) -j $(JOBS) $(coverage_programs)
	@scripts/coverage $(BUILD)/coverage 95 agent/pki agent/codec

test: packages-test ## everything a contributor runs
	@$(MAKE) test-now
test-ci: packages-test ## the same, and every fuzzer for 30 s
	@$(MAKE) test-now TEST_FUZZ=1
test-now: programs = $(call check_programs,host) $(replay_programs) $(call check_programs,musl) \
		$(if $(TEST_FUZZ),$(fuzz_programs))
test-now: all kernel-image kernel-usb $(tree_rules) $(call check_programs,host) $(replay_programs) \
		$(call check_programs,musl) $(if $(TEST_FUZZ),$(fuzz_programs))
	@$(env) scripts/run-tests -j $(JOBS) -o $(BUILD)/test-results.txt $(programs) $(shell_tests)

boot: packages-boot ## boot stories in a virtual machine; STORY=wrong-serial runs one
	@$(MAKE) boot-now
boot-now: all kernel-image kernel-usb
	@$(env) scripts/run-tests -j $(JOBS) -o $(BUILD)/test-results.boot \
		$(or $(wildcard tests/boot/$(STORY)_test.sh),$(wildcard tests/boot/*_test.sh))

demo: packages-demo ## a bare virtual machine becomes a running system
	@$(MAKE) all kernel-image
	@$(env) scripts/demo

AGENTS ?= 500
fleet: packages-test $(BUILD)/sztpboot ## AGENTS=500 agents at once against one nginx: seconds, CPU, memory, jitter
	@$(env) scripts/campaign --agents $(AGENTS)

conformance: ## the requirement numbers that tests claim
	@scripts/conformance $(BUILD)

bench: $(BUILD)/sztpboot ## CPU time of verifying bundles, beside openssl's; time and memory of discovery
	@scripts/bench $<

rooms: ## who includes whom, against agent/ROOMS
	@scripts/check-rooms
headers: $(deps) ## every header compiles alone
	@CC='$(CC)' scripts/check-headers $(filter-out -W%,$(common_CFLAGS))
names: $(sources:%.c=$(BUILD)/target/%.o) ## every exported symbol starts with its file's stem
	@scripts/check-names $(BUILD)/target
style: ## licence lines, white space, unfinished work
	@scripts/check-style
requirements: ## docs/requirements.md explains every number that is printed or claimed
	@scripts/check-requirements
format: ## what clang-format would change (advice)
	@clang-format --dry-run $(wildcard agent/*.[ch] agent/*/*.[ch] tests/*.[ch] tests/*/*.[ch])

# --- what goes into the machine -------------------------------------------------------------------------

$(BUILD)/initramfs.cpio.zst: $(BUILD)/sztpboot initramfs/init scripts/initramfs scripts/initramfs-tree $(deps)
	$(call say,CPIO,$@)
	$(Q)scripts/initramfs-tree $(BUILD)/initramfs $(DEPS)/busybox $(BUILD)/sztpboot
	$(Q)scripts/initramfs -o $@ --zstd $(BUILD)/initramfs

kernel-image: $(DEPS)/kernel/.stamp ## Debian's cloud kernel and the modules that the agent needs
kernel-usb: $(DEPS)/kernel-usb/.stamp ## Debian's kernel for real machines, for stories with USB sticks
$(DEPS)/kernel/.stamp $(DEPS)/kernel-usb/.stamp: scripts/kernel scripts/apt-root scripts/initramfs
	$(Q)scripts/kernel $(if $(filter %-usb/.stamp,$@),-u) -o $(@D)
	$(Q)touch $@

packages-%:
	@scripts/packages $*

install: $(BUILD)/sztpboot $(BUILD)/initramfs.cpio.zst ## below DESTDIR=
	install -Dm755 $(BUILD)/sztpboot $(DESTDIR)$(PREFIX)/sbin/sztpboot
	install -Dm644 $(BUILD)/initramfs.cpio.zst $(DESTDIR)$(PREFIX)/lib/sztpboot/initramfs.cpio.zst
	install -d $(DESTDIR)$(PREFIX)/share/man/man8
	$(BUILD)/sztpboot man >$(DESTDIR)$(PREFIX)/share/man/man8/sztpboot.8

clean: ## remove what was built from this tree
	rm -rf $(BUILD)/sztpboot* $(BUILD)/initramfs* $(BUILD)/test-results* $(BUILD)/target $(BUILD)/musl \
		$(BUILD)/fuzz $(BUILD)/coverage $(rooms:%=$(BUILD)/host/%.a) $(BUILD)/host/agent $(BUILD)/host/tests $(BUILD)/host/check

distclean: ## remove everything, third-party sources too
	rm -rf $(BUILD)

export STORY
.PHONY: all help deps check check-musl fuzz-replay fuzz fuzz-short coverage test test-ci test-now boot boot-now demo fleet conformance bench $(tree_rules) \
	format kernel-image kernel-usb install clean distclean

-include $(foreach f,$(flavours),$(wildcard $(BUILD)/$(f)/agent/*.d $(BUILD)/$(f)/*/*/*.d))
