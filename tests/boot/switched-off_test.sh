#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# A system is installed, and provisioning is switched off: not one packet leaves, and the system
# starts.  The same for a machine that has been provisioned, where the profile says so.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

or_end "make the target image" "$top/tests/boot/make-target" "$BUILD/boot"
or_end "make the initrd" "$top/scripts/initramfs" -o "$work/initrd" "$BUILD/initramfs.cpio.zst" \
	"$kernel/modules.cpio.zst"
or_end "make a TPM" "$top/scripts/lab" run --no-dhcp --tpm "$work/tpm" -- true
truncate -s ${DISK_MIB}M "$work/empty.img" "$work/disk.img"
or_end "install" "$BUILD/sztpboot" write --source "$image" --target "$work/disk.img"

# run DISK SETTINGS [OPTION...]: how many packets the machine has sent is in $sent.
run()
{
	attended "$top/scripts/lab" run --taps 1 -- bash -c '"$@"; status=$?
			ip -s -j link show tap0 | jq -r ".[].stats64.rx.packets"; exit $status' _ \
		"$top/scripts/qemu" --direct --memory $memory_mib --tap tap0 --tpm "$work/tpm" \
		--disk "$1" --kernel "$kernel/vmlinuz" --initrd "$work/initrd" --append "$append $2" \
		--serial-log "$work/console.log" --timeout 60 "${@:3}" > "$work/run.log" 2>&1
	story_status=$?
	sent=$(tail -n 1 "$work/run.log")
}
starts()
{
	run "$work/disk.img" "$1"
	((story_status == 0 && sent == 0)) && console "$2: the installed system is started" &&
		console 'target: running, started with .*root=PARTUUID='
}

check a_switch_that_is_off_starts_what_is_there "XR-1 BOOT-1 INIT-1" starts sztpboot.startup.secure-mode=no 'XR-1: .*off'

nothing_there()
{
	run "$work/empty.img" sztpboot.startup.start=no
	((story_status == 0 && sent == 0)) && silent 'target: running' &&
		console 'BOOT-1: no disk of this machine holds a system' &&
		console 'init: nothing to start, and nothing to do'
}
check without_a_system_it_says_so "BOOT-1" nothing_there

# It goes on to its trust store, which this machine does not have.
switched_on()
{
	run "$work/disk.img" "$1" --stop-on 'trust: STORE_' --fail-on 'target: running'
	((story_status == 0))
}
check a_switch_that_is_on_does_not "BOOT-1 INIT-2" switched_on sztpboot.startup.start=yes
check what_others_have_installed_does_not_count "HW-1" switched_on sztpboot.startup.profile=huawei

# What a completed run leaves there (the story of the good run).
put_result()
{
	local first

	first=$(sgdisk -i 2 "$work/disk.img" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
	echo '{}' > "$work/result.json"
	printf '%s\n' "mkdir /var/lib/sztpboot" "cd /var/lib/sztpboot" "write $work/result.json result.json" |
		debugfs -w -f - "$work/disk.img?offset=$((first * 512))"
}
or_end "leave a result" put_result
check what_was_provisioned_is_started "HW-1" starts sztpboot.startup.profile=huawei 'HW-1: vda has been provisioned'
