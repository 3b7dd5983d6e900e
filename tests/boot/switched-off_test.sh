#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# A system is installed, and provisioning is switched off: not one packet leaves, and the system
# starts.  The same for a machine that has been provisioned, where the profile says so.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

or_end "make the target image" "$top/tests/boot/make-target" "$BUILD/boot"
or_end "make keys" rehearsal_keys
or_end "make the initrd" rehearsal_initrd
or_end "make a TPM" "$top/scripts/lab" run --no-dhcp --tpm "$work/tpm" -- true
truncate -s ${DISK_MIB}M "$work/empty.img" "$work/disk.img"
or_end "install" "$BUILD/sztpboot" write --source "$image" --target "$work/disk.img"

# run DISK SETTINGS [OPTION...]: how many packets the machine has sent is in $sent.
direct=--direct
run()
{
	attended "$top/scripts/lab" run --taps 1 -- bash -c '"$@"; status=$?
			ip -s -j link show tap0 | jq -r ".[].stats64.rx.packets"; exit $status' _ \
		"$top/scripts/qemu" $direct --memory $memory_mib --tap tap0 --tpm "$work/tpm" \
		--disk "$1" --kernel "$kernel/vmlinuz" --initrd "$work/initrd" --append "$append${2:+ $2}" \
		--serial-log "$work/console.log" --timeout 100 "${@:3}" > "$work/run.log" 2>&1
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

# Not so where it is on and nobody has provisioned this machine: it goes on to its trust store,
# which it does not have.
goes_on()
{
	run "$work/disk.img" sztpboot.startup.profile=huawei --stop-on 'trust: STORE_' --fail-on 'target: running'
	((story_status == 0)) && silent 'installed system is started'
}
check switched_on_it_goes_on "BOOT-1 INIT-1 HW-1" goes_on

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

# An enrolled device that asks, is told of no server, and gives way after one round.
append+=" sztpboot.discovery.order=dhcp4 sztpboot.startup.retry_forever=no"
or_end "enrol the device" rehearsal_device
one_round()
{
	direct=
	run "$work/disk.img" ""
	((story_status == 0 && sent > 0)) && console 'dhcp4 eth0: nothing to try: HW-3' &&
		console 'XR-11: there is one round only: the installed system is started' && console 'target: running'
}
check after_its_one_round_it_starts_what_is_there "XR-11" one_round
