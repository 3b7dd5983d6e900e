# SPDX-License-Identifier: MIT
#
# Build rules for the third-party sources, run by scripts/deps inside its output folder:
# src/ -> lib/ include/ (device: musl, static, position independent), host/lib/ (this machine's
# libc, for tests), sysroot/ (musl), kh/ (kernel headers), busybox.
# Each library is a list of sources and flags; no configure is run except musl's own.

this := $(lastword $(MAKEFILE_LIST))
scripts := $(dir $(this))
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)   $(2)";)

target_CC := sysroot/bin/musl-gcc
target_CFLAGS := -O2 -pipe -std=gnu11 -w -fPIE -ffunction-sections -fdata-sections \
	-fstack-protector-strong -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-idirafter kh
host_CC := gcc
host_CFLAGS := -O1 -g -pipe -std=gnu11 -w -fPIE -fno-omit-frame-pointer

libs := bearssl tss2 blkid zstd zlib yyjson expat

all: target host busybox
target: $(libs:%=lib/lib%.a) include/.stamp
host: $(libs:%=host/lib/lib%.a) include/.stamp
.PHONY: all target host
.DELETE_ON_ERROR:

# --- musl, and the kernel's own headers ------------------------------------------------------

kh/.stamp: $(this)
	$(Q)rm -rf kh && mkdir -p kh
	$(Q)for d in linux asm-generic mtd; do ln -s /usr/include/$$d kh/$$d; done
	$(Q)ln -s /usr/include/$(shell gcc -print-multiarch)/asm kh/asm
	$(Q)touch $@

sysroot/bin/musl-gcc: src/.musl $(this)
	$(call say,BUILD,musl)
	$(Q)rm -rf sysroot work/musl && mkdir -p work/musl
	$(Q)cd work/musl && ../../src/musl/configure --prefix=$(CURDIR)/sysroot \
		--syslibdir=$(CURDIR)/sysroot/lib --disable-shared --enable-wrapper=gcc \
		CFLAGS="-Os -pipe -w -ffunction-sections -fdata-sections" >configure.out
	$(Q)$(MAKE) -s -C work/musl >/dev/null
	$(Q)$(MAKE) -s -C work/musl install >/dev/null
	$(Q)rm -rf work/musl

# --- the libraries: NAME_src, NAME_flags, and what is special about single files -----------------

# For the agent whole: what nobody calls goes when it is linked (70 KB).  The tests, which are many,
# link the ordinary code that lies beside.
small = $(if $(filter work/target/%,$@),-Oz -flto -ffat-lto-objects)

bearssl_src := $(wildcard src/bearssl/src/*.c src/bearssl/src/*/*.c)
bearssl_flags := -Isrc/bearssl/inc -Isrc/bearssl/src

# Ciphers, hashes and big integers are fast; what only calls them is small.
b := src/bearssl/src
seldom := $(wildcard $b/kdf/*.c $b/mac/*.c $b/rand/*.c $b/ssl/*.c $b/x509/*.c) \
	$(wildcard $b/ec/ec_*key*.c $b/ec/ecdsa_[ar]t[ra].c $b/rsa/*keygen*.c $b/rsa/*mod*.c $b/rsa/*exp.c $b/rsa/*pad.c) \
	$b/symcipher/aes_x86ni.c

# No crypto back end (the agent gives callbacks), no loader, no FAPI, no policy.
t := src/tpm2-tss/src
tss2_src := $(t)/util/log.c $(t)/util/key-value-parse.c $(t)/util-io/io.c \
	$(wildcard $(t)/tss2-mu/*.c $(t)/tss2-sys/api/*.c $(t)/tss2-esys/api/*.c $(t)/tss2-rc/*.c) \
	$(t)/tss2-sys/sysapi_util.c \
	$(patsubst %,$(t)/tss2-esys/esys_%.c,context crypto free iutil mu tr) \
	$(patsubst %,$(t)/tss2-tcti/tcti-%.c,common device swtpm)
tss2_flags = $(small) -D_GNU_SOURCE -DMAXLOGLEVEL=0 -DHAVE_UNISTD_H -Isrc/tpm2-tss/include/tss2 \
	-Isrc/tpm2-tss/include $(patsubst %,-I$(t)%,/ /util /tss2-mu /tss2-sys /tss2-esys)
# Every TCTI defines this one symbol; a static program with two of them needs two names.
%/tss2-tcti/tcti-device.o: file_flags := -DTss2_Tcti_Info=Tss2_Tcti_Info_device
%/tss2-tcti/tcti-swtpm.o: file_flags := -DTss2_Tcti_Info=Tss2_Tcti_Info_swtpm
%/util-io/io.o: file_flags = -include $(scripts)deps.tpm2-tss.h

u := src/util-linux
blkid_src := $(filter-out %/fuzz.c,$(wildcard $(u)/libblkid/src/*.c $(u)/libblkid/src/*/*.c)) \
	$(patsubst %,$(u)/lib/%.c,blkdev buffer mbsalign canonicalize crc32 crc32c crc64 encode env \
	fileutils linux_version mangle match md5 path strutils sysfs xxhash idcache loopdev \
	strv timeutils cpuset sha256 color-names randutils)
# How a disk is laid out inside, nobody asks: no probers for it.
%/topology/topology.o: file_flags := -U__linux__
blkid_flags = $(small) -include $(scripts)deps.blkid.h -Iinclude/blkid/blkid -I$(u)/include \
	-I$(u)/libblkid/src -DLIBBLKID_VERSION='BLKID_VERSION' -DLIBBLKID_DATE='BLKID_DATE'

# Decoder only.
z := src/libzstd/lib
zstd_src := $(patsubst %,$(z)/common/%.c,debug entropy_common error_private fse_decompress \
	xxhash zstd_common) $(wildcard $(z)/decompress/*.c) $(z)/decompress/huf_decompress_amd64.S
# -O2, one Huffman decoder and one sequence decoder, no second copy for BMI2: 94 KB less than -O3
# with all of them.
zstd_flags := -O2 -I$(z) -DZSTD_LEGACY_SUPPORT=0 -DZSTD_STRIP_ERROR_STRINGS=1 \
	-DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT -DDYNAMIC_BMI2=0
# Headers of frames and of tables, once a frame or a block.
seldom += $(patsubst %,$z/common/%.c,entropy_common error_private fse_decompress zstd_common) \
	$z/decompress/zstd_ddict.c

# Inflate only; it computes its tables (11 KB) when it needs them, in the one thread that decodes.
zlib_src := $(patsubst %,src/zlib/%.c,adler32 crc32 inflate inffast inftrees zutil)
zlib_flags := -DHAVE_UNISTD_H -DDYNAMIC_CRC_TABLE -DBUILDFIXED
# inffast does nearly all of it.
seldom += $(patsubst %,src/zlib/%.c,adler32 inflate inftrees zutil)

yyjson_src := src/yyjson/src/yyjson.c
# Numbers stay text (codec/json), and fractions would go through the C library: 33 KB less.
yyjson_flags = $(small) -DYYJSON_DISABLE_NON_STANDARD=1 -DYYJSON_DISABLE_INCR_READER=1 \
	-DYYJSON_DISABLE_FAST_FP_CONV=1

# Name spaces, and nothing of document types, entities or context.
x := src/expat/expat/lib
expat_src := $(patsubst %,$(x)/%.c,xmlparse xmlrole xmltok random_getrandom)
expat_flags = $(small) -Iinclude/expat -DNDEBUG -DXML_MIN_SIZE -DXML_NS -DXML_GE=0 -DXML_CONTEXT_BYTES=0 \
	-D_GNU_SOURCE -DHAVE_GETRANDOM

$(seldom:src/%.c=work/target/%.o): file_flags := -Oz

# $(1) library, $(2) flavour, $(3) folder of the flavour ("" or host/), $(4) source package
define library
$(1)_$(2)_obj := $$(patsubst src/%,work/$(2)/%.o,$$(basename $$($(1)_src)))
$(3)lib/lib$(1).a: $$($(1)_$(2)_obj)
	$$(call say,AR,$$@)
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && gcc-ar rcsD $$@ $$^
$$($(1)_$(2)_obj): lib_flags = $$($(1)_flags)
$$($(1)_$(2)_obj): src/.$(4) $(if $(filter target,$(2)),sysroot/bin/musl-gcc) $(this) \
	| include/.stamp kh/.stamp
endef
$(foreach l,$(libs),$(foreach f,target host,$(eval $(call library,$l,$f,$(if $(filter \
	host,$f),host/),$(or $(word 2,$(subst :, ,$(filter $l:%,tss2:tpm2-tss blkid:util-linux \
	zstd:libzstd))),$l)))))

define compile
work/$(1)/%.o: src/%.c
	$$(Q)mkdir -p $$(@D) && $$($(1)_CC) $$($(1)_CFLAGS) $$(lib_flags) $$(file_flags) -c -o $$@ $$<
work/$(1)/%.o: src/%.S
	$$(Q)mkdir -p $$(@D) && $$($(1)_CC) $$($(1)_CFLAGS) $$(lib_flags) -c -o $$@ $$<
endef
$(foreach f,target host,$(eval $(call compile,$f)))

# --- busybox, for the initramfs ---------------------------------------------------------------------

busybox_make = $(MAKE) -s -C src/busybox O=$(CURDIR)/work/busybox KCONFIG_NOTIMESTAMP=1 SKIP_STRIP=n \
	CC=$(CURDIR)/sysroot/bin/musl-gcc EXTRA_CFLAGS="-idirafter $(CURDIR)/kh -fno-pie" EXTRA_LDFLAGS=-no-pie
busybox: src/.busybox $(this) $(scripts)../initramfs/busybox.config sysroot/bin/musl-gcc | kh/.stamp
	$(call say,BUILD,busybox)
	$(Q)rm -rf work/busybox && mkdir -p work/busybox
	$(Q)$(busybox_make) allnoconfig >work/busybox.out 2>&1
	$(Q)cat $(scripts)../initramfs/busybox.config work/busybox/.config >work/busybox.config
	$(Q)mv work/busybox.config work/busybox/.config
	+$(Q)(yes '' | $(busybox_make) oldconfig && $(busybox_make) busybox) >work/busybox.out 2>&1 || \
		{ tail -n 20 work/busybox.out >&2; exit 1; }
	$(Q)cp work/busybox/busybox $@

# --- headers: include/<library> is what a user of it puts behind -I --------------------------------

blkid_version = $(shell sed -n 's/^PACKAGE_VERSION=.\(.*\).$$/\1/p' $(u)/configure)
include/.stamp: $(wildcard src/.[a-z]*) $(this)
	$(Q)rm -rf include && mkdir -p include
	$(Q)cd include && mkdir bearssl tss2 zstd zlib yyjson expat blkid blkid/blkid
	$(Q)cp src/bearssl/inc/*.h include/bearssl/
	$(Q)cp -r src/tpm2-tss/include/tss2 include/tss2/tss2
	$(Q)cp $(z)/zstd.h $(z)/zstd_errors.h include/zstd/
	$(Q)cp src/zlib/zlib.h src/zlib/zconf.h include/zlib/
	$(Q)cp src/yyjson/src/yyjson.h include/yyjson/
	$(Q)cp $(x)/expat.h $(x)/expat_external.h include/expat/
	$(Q): >include/expat/expat_config.h
	$(Q)sed 's/@LIBBLKID_VERSION@/$(blkid_version)/; s/@LIBBLKID_DATE@/-/' \
		$(u)/libblkid/src/blkid.h.in >include/blkid/blkid/blkid.h
	$(Q)touch $@
