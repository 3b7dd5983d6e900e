#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: tests/disk/write_test.sh
#
# `sztpboot write` and `sztpboot boot --dry-run` as they are built for the machine: onto files, and
# as root onto loop devices of both block sizes.  sgdisk, e2fsck and cmp are the judges.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"
sztpboot=${SZTPBOOT:-$(realpath "${BUILD:-$top/build}")/sztpboot}
dir=$(mktemp -d "${TMPDIR:-/tmp}/disk-test.XXXXXX") || exit 2
at_exit rm -rf "$dir"
cd "$dir" || exit 2

[ -x "$sztpboot" ] || { fail program "$sztpboot is not built"; exit 1; }

# --- an image: ESP (empty), ext4 root that looks like an installed Debian ----------------------------

root_uuid=aabbccdd-0000-1111-2222-333344445555
make_tree()
{
	mkdir -p root/boot root/etc root/var root/data &&
	echo ID=test >root/etc/os-release &&
	head -c 300000 /dev/urandom >root/boot/vmlinuz-6.1.0-9 &&
	head -c 500001 /dev/urandom >root/boot/initrd.img-6.1.0-9 &&
	ln -s vmlinuz-6.1.0-9 root/boot/vmlinuz && ln -s initrd.img-6.1.0-9 root/boot/initrd.img &&
	head -c 9000000 /dev/urandom >root/data/random
}

# make_image NAME MIB: GPT for blocks of 512 bytes.
make_image()
{
	local first last

	truncate -s "$2M" "$1" &&
	sgdisk -n 1:2048:+2M -t 1:ef00 -n 2:0:0 -t 2:8304 -u 2:$root_uuid "$1" >/dev/null &&
	first=$(sgdisk -i 2 "$1" | sed -n 's/^First sector: \([0-9]*\).*/\1/p') &&
	last=$(sgdisk -i 2 "$1" | sed -n 's/^Last sector: \([0-9]*\).*/\1/p') &&
	truncate -s $(((last - first + 1) * 512)) fs && mke2fs -q -F -t ext4 -d root fs &&
	dd if=fs of="$1" bs=512 seek="$first" conv=notrunc,sparse status=none && rm fs
}

digest() { sha256sum "$1" | cut -d ' ' -f 1; }
refuses() { local want=$1 status=0; shift; "$@" >out 2>err || status=$?; cat err; [ $status = "$want" ]; }
says() { grep -q -- "$1" err || { echo "it does not say: $1"; return 1; }; }
zero_head() { cmp -n 1048576 "$1" /dev/zero; }
zero_tail() { tail -c 1048576 "$1" | cmp -n 1048576 - /dev/zero; }
table_is_clean() { sgdisk -v "$1" >verify && grep -q '^No problems found' verify || { cat verify; false; }; }
number() { jq -e ".[\"$1\"]" out; }

check make_tree "" make_tree || exit 1
check make_image "" make_image image 48 || exit 1
zstd -q -19 image -o image.zst
gzip -1 -c image >image.gz

# --- onto files ---------------------------------------------------------------------------------------

write() { "$sztpboot" write "$@" >out 2>err || { cat err; false; }; }

same_file()
{
	rm -f new && write --source "$1" --sha256 "$(digest "$1")" --target new && cmp image new &&
	[ "$(jq -r .sha256 out)" = "$(digest "$1")" ] && [ "$(number bytes-out)" = 50331648 ] &&
	[ "$(jq -r '.["read-back"]' out)" = equal ]
}
check raw_to_a_file "IMG-10" same_file image
check zstd_to_a_file "IMG-10" same_file image.zst
check gzip_to_a_file "IMG-10" same_file image.gz

from_a_pipe() { rm -f new; "$sztpboot" write --source - --target new <image.zst >out && cmp image new; }
check from_a_pipe "" from_a_pipe

larger_file()
{
	rm -f disk && truncate -s 100M disk && write --source image.zst --target disk &&
	[ "$(stat -c %s disk)" = 104857600 ] && table_is_clean disk &&
	sgdisk -p disk | grep -q 'last usable sector is 204766' &&
	cmp -i 1048576 -n $((48 * 1048576 - 1048576 - 16896)) image disk
}
check larger_file_gets_its_backup_table_moved "IMG-10" larger_file

wrong_digest()
{
	cp --sparse=never image disk && truncate -s 48M disk &&
	refuses 1 "$sztpboot" write --source image.zst --sha256 "$(digest image)" --target disk &&
	says 'refused: IMG-9: image digest is' && zero_head disk && zero_tail disk
}
check wrong_digest_is_not_bootable "IMG-9 IMG-10" wrong_digest

tampered()
{
	cp image.zst bad.zst && printf '\377\001\376' | dd of=bad.zst bs=1 seek=5000000 conv=notrunc status=none &&
	cp image disk &&
	refuses 1 "$sztpboot" write --source bad.zst --sha256 "$(digest image.zst)" --target disk &&
	says IMG-9 && zero_head disk && zero_tail disk
}
check tampered_image_is_not_bootable "IMG-9 IMG-10" tampered

truncated()
{
	head -c 6000000 image.zst >short.zst && rm -f new &&
	refuses 1 "$sztpboot" write --source short.zst --target new && says IMG-9 && [ ! -e new ]
}
check truncated_image_leaves_no_new_file "IMG-9" truncated

smaller()
{
	truncate -s 0 disk && truncate -s 20M disk && cp disk before &&
	refuses 1 "$sztpboot" write --source image.zst --target disk && says IMG-15 && cmp disk before
}
check smaller_disk_is_not_touched "IMG-15" smaller

usage()
{
	refuses 3 "$sztpboot" write --source image && refuses 3 "$sztpboot" write --target new &&
	refuses 3 "$sztpboot" write --source nothing --target new && [ ! -e new ] &&
	refuses 3 "$sztpboot" write --source image --target image && says 'source and target' &&
	refuses 3 "$sztpboot" write --source image --target new --sha256 12 &&
	refuses 3 "$sztpboot" write --source image --target new --format xz &&
	refuses 3 "$sztpboot" write --source https://127.0.0.1/image --target new && says sha256
}
check usage_errors "" usage

memory()
{
	rm -f new && env -i bash -c "ulimit -v 32768 && exec '$sztpboot' write --source image.zst --target new" >out
}
check 32_MiB_are_enough "" memory

# --- a directory as root ----------------------------------------------------------------------------------

plan_of_a_directory()
{
	mkdir -p root/boot/loader/entries &&
	printf 'title T\nlinux /vmlinuz-6.1.0-9\ninitrd /initrd.img-6.1.0-9\noptions a\noptions b\n' \
		>root/boot/loader/entries/t.conf &&
	"$sztpboot" boot --root root --dry-run >out && rm -r root/boot/loader &&
	[ "$(jq -r .source out)" = bls ] && [ "$(jq -r .cmdline out)" = "a b" ] &&
	[ "$(jq -r .sha256.kernel out)" = "$(digest root/boot/vmlinuz)" ]
}
check plan_of_a_directory "DONE-1" plan_of_a_directory

nothing_to_boot() { mkdir -p empty && refuses 1 "$sztpboot" boot --root empty --dry-run && says DONE-1; }
check nothing_to_boot "DONE-1" nothing_to_boot

# --- onto loop devices ---------------------------------------------------------------------------------------

attach() # FILE [OPTIONS]: sets $loop
{
	loop=$(losetup -f --show "${@:2}" "$1") || return 1
	loops+=("$loop")
}
detach() { local l; for l in "${loops[@]}"; do losetup -d "$l" 2>/dev/null; done; loops=(); }
loops=()

truncate -s 100M backing
if [ "$(id -u)" != 0 ] || ! attach backing -P 2>/dev/null; then
	echo "no loop devices here: only files were tried"
	exit 0
fi
at_exit detach
at_exit eval 'umount mnt 2>/dev/null'

loop_good()
{
	write --source image.zst --sha256 "$(digest image.zst)" --target "$loop" &&
	table_is_clean "$loop" && cmp -i 1048576 -n $((48 * 1048576 - 1048576 - 16896)) image backing
}
check onto_a_disk "IMG-10" loop_good

loop_boot()
{
	# A kernel without GPT support is told by hand.
	[ -b "${loop}p2" ] || partx -u "$loop"
	[ -b "${loop}p2" ] || { echo "no partition nodes"; return 1; }
	e2fsck -fn "${loop}p2" && "$sztpboot" boot --root "$loop" --dry-run >out && jq . out &&
	[ "$(jq -r .source out)" = scan ] && [ "$(jq -r .place out)" = "${loop}p2" ] &&
	[ "$(jq -r .kernel out)" = boot/vmlinuz ] &&
	[ "$(jq -r .sha256.kernel out)" = "$(digest root/boot/vmlinuz)" ] &&
	jq -r .cmdline out | grep -q "^root=PARTUUID=$root_uuid ro" &&
	! grep -q "^${loop}p" /proc/mounts &&
	"$sztpboot" boot --root "${loop}p2" --dry-run >out &&
	jq -r .cmdline out | grep -q "^root=PARTUUID=$root_uuid ro"
}
check finds_what_to_boot "DONE-1" loop_boot

loop_busy()
{
	mkdir -p mnt && mount -o ro "${loop}p2" mnt &&
	refuses 4 "$sztpboot" write --source image.zst --target "$loop"
	local status=$?
	umount mnt && [ $status = 0 ] && table_is_clean "$loop"
}
check disk_in_use_is_refused "" loop_busy
partx -d "$loop" 2>/dev/null

loop_wrong()
{
	refuses 1 "$sztpboot" write --source image.zst --sha256 "$(digest image)" --target "$loop" &&
	zero_head backing && zero_tail backing && ! blkid -p "$loop" && [ ! -e "${loop}p2" ]
}
check wrong_digest_on_a_disk "IMG-9 IMG-10" loop_wrong

loop_small()
{
	truncate -s 20M small && attach small &&
	refuses 1 "$sztpboot" write --source image.zst --target "$loop" && says IMG-15 &&
	cmp -n 20971520 small /dev/zero
}
check small_disk_is_not_touched "IMG-15" loop_small

loop_read_only()
{
	attach small -r && refuses 4 "$sztpboot" write --source image.zst --target "$loop"
}
check read_only_disk_is_refused "" loop_read_only

loop_4096()
{
	truncate -s 64M large && attach large --sector-size 4096 || return 1
	refuses 1 "$sztpboot" write --source image.zst --target "$loop" && says 'blocks of 4096' &&
	cmp -n 67108864 large /dev/zero || return 1
	# One that is made for such a disk.
	truncate -s 100M blank && attach blank --sector-size 4096 &&
	sgdisk -n 1:0:+40M "$loop" >/dev/null && cp blank image4096 &&
	truncate -s 100M again && truncate -s 120M again && attach again --sector-size 4096 &&
	write --source image4096 --target "$loop" && table_is_clean "$loop"
}
check blocks_of_4096_bytes "IMG-15 IMG-10" loop_4096
