#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 420
#
# The build itself: what it makes has the promised shape and size, the same bytes wherever it is
# built, without network the second time; and the tree's own rules catch what they are for.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

cd "$top" || exit 1
build=$(realpath "${BUILD:-build}")
deps=$(realpath "${DEPS:-$build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/build-test.XXXXXX")
at_exit rm -rf "$work"
unset MAKEFLAGS MFLAGS MAKELEVEL BUILD DEPS

refuses() { ! "$@"; }

## shape and size

check agent_is_a_hardened_static_program "" scripts/check-binary "$build/sztpboot" "$build/sztpboot.debug"
check agent_and_initramfs_keep_their_size "" scripts/check-size "$build/sztpboot" 921600 "$build/initramfs.cpio.zst" 1572864
check refuses_a_dynamic_program "" refuses scripts/check-binary /bin/sh /bin/sh
check refuses_a_file_that_is_too_large "" refuses scripts/check-size /bin/sh 100
check agent_runs "" "$build/sztpboot" --version

## the same bytes in another place, by another hand

build_copy()	# FOLDER: the tree copied there, built there
{
	mkdir -p "$1" && cp -a Makefile agent initramfs scripts tests "$1" &&
		touch -d 2001-01-01 "$1/agent/main.c" &&
		make -C "$1" BUILD="$1/${2:-build}" DEPS="$deps" JOBS=2 all
}
check builds_in_one_folder "" build_copy "$work/a"
check builds_in_another_folder "" build_copy "$work/some/where/else" out
for product in sztpboot initramfs.cpio.zst; do
	check "${product%%.*}_is_reproducible" "" cmp "$work/a/build/$product" "$work/some/where/else/out/$product"
done
mkdir "$work/with blank" && cp Makefile "$work/with blank"
says_so() { make -C "$work/with blank" help 2>&1 | grep 'must not contain blanks'; }
check refuses_a_folder_with_blanks "" says_so

tree=$work/tree
mkdir -p "$tree/b/c" && echo one >"$tree/b/c/file" && echo 4567 >"$tree/b/four" && ln -s c/file "$tree/b/link"
chmod 600 "$tree/b/four"
cp -a "$tree" "$work/tree2"
touch "$work/tree2/b/four"
pack_twice()
{
	scripts/initramfs -o "$work/1.cpio" "$tree" && scripts/initramfs -o "$work/2.cpio" "$work/tree2/" &&
		cmp "$work/1.cpio" "$work/2.cpio"
}
check archive_does_not_depend_on_dates_or_place "" pack_twice
unpack()
{
	mkdir "$work/out" && (cd "$work/out" && cpio -id --quiet --no-preserve-owner <"$work/1.cpio") &&
		diff -r --no-dereference "$tree" "$work/out" && [ "$(stat -c %a "$work/out/b/four")" = 600 ]
}
check archive_unpacks_to_the_same_tree "" unpack
appended()	# an archive after a compressed one starts at a multiple of four
{
	scripts/initramfs -o "$work/3.cpio" --zstd "$tree" "$work/1.cpio" &&
		tail -c "$(stat -c %s "$work/1.cpio")" "$work/3.cpio" | cmp - "$work/1.cpio" &&
		[ $((($(stat -c %s "$work/3.cpio") - $(stat -c %s "$work/1.cpio")) % 4)) = 0 ]
}
check archives_can_be_appended "" appended
mkfifo "$tree/fifo"
check refuses_to_pack_a_device "" refuses scripts/initramfs -o "$work/4.cpio" "$tree"

## third-party sources

check second_build_needs_no_network "" unshare --user --map-root-user --net scripts/deps -o "$deps"
tampered()
{
	mkdir "$work/t" && cp -r "$deps/src/tpm2-tss/src" "$work/t/src" &&
		sed -i 's/responseCode;/responseCode ;/' "$work/t/src/tss2-sys/api/Tss2_Sys_Execute.c" &&
		! scripts/deps.tpm2-tss "$work/t"
}
check own_changes_stop_at_an_unknown_source "TPM-85" tampered
check pins_every_source_by_sha256 "" refuses grep -vE '^(#|$|([^ ]+ +){4}[0-9a-f]{64}$)' scripts/deps.manifest
no_host_names() { ! grep -rnE 'https?://[a-z0-9.-]*(debian|ubuntu)\.org/' Makefile scripts initramfs .ci; }
check names_no_package_mirror "" no_host_names

## the tree's own rules

rules=$work/rules
mkdir -p "$rules/agent/base" "$rules/agent/net"
cp -r scripts "$rules/scripts"
cp agent/ROOMS "$rules/agent/"
printf '/* SPDX-License-Identifier: MIT */\n#include "base/log.h"\n' >"$rules/agent/net/a.c"
check rooms_accepts_an_arrow "" "$rules/scripts/check-rooms"
printf '/* SPDX-License-Identifier: MIT */\n#include "net/http.h"\n' >"$rules/agent/base/b.c"
check rooms_refuses_what_is_no_arrow "" refuses "$rules/scripts/check-rooms"
printf '/* SPDX-License-Identifier: MIT */\nint b_good, c_bad;\n' >"$rules/agent/base/b.c"
check rooms_accepts_it_again "" "$rules/scripts/check-rooms"
printf '/* SPDX-License-Identifier: MIT */\n#include <linux/tpm.h>\n' >"$rules/agent/net/a.c"
check rooms_keeps_kernel_headers_in_platform "" refuses "$rules/scripts/check-rooms"
printf '/* SPDX-License-Identifier: MIT */\nint a_good;\n' >"$rules/agent/net/a.c"
names()
{
	local f

	for f in base/b net/a; do
		mkdir -p "$work/obj/agent/${f%/*}" && gcc -c -o "$work/obj/agent/$f.o" "$rules/agent/$f.c" || return
	done
	"$rules/scripts/check-names" "$work/obj"
}
check names_refuses_a_foreign_prefix "" refuses names
printf '/* SPDX-License-Identifier: MIT */\nint b_good;\n' >"$rules/agent/base/b.c"
check names_accepts_the_stem "" names
style() { (cd "$rules" && printf "$1" >agent/base/s.c && scripts/check-style); }
check style_accepts_a_clean_file "" style '/* SPDX-License-Identifier: MIT */\nint s;\n'
check style_refuses_a_missing_licence "" refuses style 'int s;\n'
check style_refuses_blanks_at_line_ends "" refuses style '/* SPDX-License-Identifier: MIT */\nint s; \n'

## the test runner itself

mkdir "$work/runner"
runner()	# PASSED FAILED SCRIPT: its last line and status for a test with this text
{
	local last

	printf '#!/bin/bash\n# timeout: 1\n%s\n' "$3" >"$work/runner/x_test.sh"
	chmod +x "$work/runner/x_test.sh"
	last=$(scripts/run-tests -o "$work/results" "$work/runner/x_test.sh" | tail -n 1)
	[ "$last" = "$1 passed, $2 failed" ] || { echo "$last"; return 1; }
}
check runner_counts_passes "" runner 2 0 'echo "ok   a X-1"; echo "ok   b "'
check runner_counts_failures "" runner 1 1 'echo "ok   a X-1"; echo "FAIL b"; exit 1'
check runner_fails_a_crash "" runner 1 1 'echo "ok   a X-1"; kill -SEGV $$'
check runner_fails_what_tests_nothing "" runner 0 1 'true'
check runner_ends_what_hangs "" runner 1 1 'echo "ok   a X-1"; sleep 60'
