# SPDX-License-Identifier: MIT
#
# A boot story: a bare virtual machine with an empty disk and an owner's server, in which one
# thing may be wrong.  Sourced by the stories, which set $top.
#
#   story_prepare           everything is right: keys, enrolled TPM, signed data, site
#   story_run [OPTION...]   run the machine until it switches itself off (qemu options)
#   story_refusal [OPTION...]  run it until it has given up once, and some seconds more
#   console REGEX           the console said this
#   disk_is_untouched       byte for byte as before
#   disk_is_not_bootable    no partition table and no boot sector, at either end

. "$top/tests/check.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/story.XXXXXX") || exit 1
at_exit rm -rf "$work"
. "$top/scripts/rehearsal.sh"
at_exit attended_end

readonly DISK_MIB=512
image=$BUILD/boot/target.img.zst

# or_end WHAT COMMAND...: what a story stands on; without it there is no story.
or_end()
{
	local what=$1

	shift
	"$@" > "$work/out" 2>&1 && return
	cat "$work/out"
	fail prepare "cannot $what"
	exit 1
}

story_prepare()
{
	or_end "make the target image" "$top/tests/boot/make-target" "$BUILD/boot"
	or_end "make keys" rehearsal_keys
	or_end "make the initrd" rehearsal_initrd
	or_end "enrol the device" rehearsal_device
	or_end "sign the conveyed information" rehearsal_conveyed "$image" target 1
	or_end "sign the voucher" rehearsal_voucher "$serial" "$work/pki/signer"
	story_site
	truncate -s ${DISK_MIB}M "$work/disk.img"
}

# Again after a change to $work/conveyed.cms or $work/voucher.vcj.
story_site()
{
	or_end "make the site" rehearsal_site "$image"
}

story_run()
{
	rehearsal_machine --timeout 100 "$@" > "$work/run.log" 2>&1
	story_status=$?
	cat "$work/run.log"
}

# What a story shows when it went wrong.
story_failed()
{
	echo "--- console:"
	tail -n 60 "$work/console.log"
}

console()
{
	grep -qE -- "$1" "$work/console.log" || { story_failed; return 1; }
}

silent()
{
	! grep -qE -- "$1" "$work/console.log" || { story_failed; return 1; }
}

# A device that refuses keeps trying, for ever: see what it does after the first time.
story_refusal()
{
	story_run --stop-on 'agent: round failed|trust: STORE_' --linger 5 --fail-on 'target: running' "$@"
}

gave_up()
{
	((story_status == 0)) || { story_failed; return 1; }
}

disk_is_untouched()
{
	cmp -n $((DISK_MIB * 1048576)) "$work/disk.img" /dev/zero
}

disk_is_not_bootable()
{
	[[ $(dd if="$work/disk.img" bs=1 skip=510 count=2 status=none | od -An -tx1) != " 55 aa" ]] &&
		! table_on_disk
}

# A partition table, first or backup, wherever the image or the disk ends.  Kernels contain the
# words too, but not at the start of a sector.
table_on_disk()
{
	grep -abo 'EFI PART' "$work/disk.img" | awk -F: '$1 % 512 == 0 { found = 1; print } END { exit !found }'
}

image_requests()
{
	grep -c 'GET /images/' "$work/site/log/requests.jsonl"
}

# --- sticks: a machine of which the kernel knows USB

# Everything is right, and $work/offline.cms names the image by its place on the stick.
story_prepare_sticks()
{
	kernel=$DEPS/kernel-usb
	or_end "make the target image" "$top/tests/boot/make-target" "$BUILD/boot"
	or_end "make keys" rehearsal_keys
	or_end "make the initrd" rehearsal_initrd
	or_end "enrol the device" rehearsal_device
	or_end "sign the voucher" rehearsal_voucher "$serial" "$work/pki/signer"
	or_end "sign the conveyed information" artifacts conveyed-information onboarding \
		--image "$image" --image-uri "file:///disk2:/images/$(basename "$image")" \
		--os-name target --os-version 1 --owner "$work/pki/owner" --out "$work/offline.cms"
	truncate -s ${DISK_MIB}M "$work/disk.img"
}

# stick_image NAME [OPTION of artifacts stick...]: $work/NAME.img, and a copy to compare with
stick_image()
{
	artifacts stick --out "$work/$1" --disk "$work/$1.img" "${@:2}" &&
		cp --sparse=always "$work/$1.img" "$work/$1.before"
}

story_run_offline()
{
	attended "$top/scripts/qemu" --memory $memory_mib --disk "$work/disk.img" \
		--kernel "$kernel/vmlinuz" --initrd "$work/initrd" --append "$append" \
		--serial-log "$work/console.log" --timeout 100 "$@" > "$work/run.log" 2>&1
	story_status=$?
	cat "$work/run.log"
}
