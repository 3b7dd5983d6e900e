#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The laboratory itself: what it promises to the command inside, and that nothing is left of it
# however it ends.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/lab-test.XXXXXX")
at_exit rm -rf "$work"
cd "$work" || exit 1

lab=$top/scripts/lab
machine=("$top/scripts/qemu" --accel tcg)

# refuses STATUS WORDS COMMAND...: that exit status, and one line that contains WORDS.
refuses()
{
	local status=$1 words=$2

	shift 2
	"$@" > out.txt 2> err.txt
	[[ $? == "$status" && $(wc -l < err.txt) == 1 ]] && grep -qF -- "$words" err.txt
}

# Is any process left that was started inside the laboratory whose folder is $1?
left_over()
{
	local process

	[[ ! -e $1 ]] || { echo "folder $1 is left"; return 0; }
	for process in /proc/[0-9]*; do
		grep -qsz "^LAB_DIR=$1\$" "$process/environ" || continue
		echo "process left: $(tr '\0' ' ' < "$process/cmdline")"
		return 0
	done
	return 1
}

nothing_left()
{
	local i

	for i in {1..30}; do
		left_over "$1" > left.txt || return 0
		sleep 0.1
	done
	cat left.txt
	return 1
}

## what the command finds

cat > inside.sh <<'END'
echo "dir $LAB_DIR"
echo "tap $LAB_TAP0 $(cat /proc/net/dev | grep -c 'tap[01]:')"
echo "device $($LAB_DEVICE ip -o link show eth0 | grep -c 'state UP')"
echo "tcti $LAB_TCTI"
TPM2TOOLS_TCTI=$LAB_TCTI $LAB_DEVICE tpm2_pcrread sha256:11 > /dev/null && echo "tpm answers"
echo "dhcp $(grep -c 'DHCP, IP range' "$LAB_DIR/dnsmasq.log")"
cat
exit 7
END
echo hello | "$lab" run --taps 2 --veth --tpm "$work/tpm" --redirect https://10.77.0.1:8443 \
	-- bash inside.sh > inside.txt 2> inside.err
status=$?
cat inside.err
check exit_status_is_the_commands "" test $status = 7
for line in "tap tap0 2" "device 1" "tcti swtpm:host=127.0.0.1,port=2321" "tpm answers" "dhcp 1" hello; do
	check "inside_${line// /_}" "" grep -qxF -- "$line" inside.txt
done
check nothing_left_after_the_end "" nothing_left "$(sed -n 's/^dir //p' inside.txt)"
check tpm_keeps_its_state "" test -s tpm/tpm2-00.permall

## how it ends

for signal in TERM HUP KILL; do
	rm -f dir.txt
	setsid "$lab" run --taps 1 -- bash -c 'echo "$LAB_DIR" > dir.txt; exec sleep 300' &
	running=$!
	for i in {1..100}; do
		[[ ! -s dir.txt ]] || break
		sleep 0.1
	done
	check "runs_until_SIG$signal" "" left_over "$(cat dir.txt)"
	kill -$signal "$running"
	{ wait "$running"; } 2> /dev/null
	check "nothing_left_after_SIG$signal" "" nothing_left "$(cat dir.txt)"
done

## what it says when something is wrong

check unknown_option "" refuses 3 "unknown option" "$lab" run --colour red -- true
check no_command "" refuses 3 "no command" "$lab" run --taps 1
check no_site "" refuses 3 "no nginx.conf" "$lab" run --site "$work" -- true
check broken_dnsmasq_argument "" refuses 4 "dnsmasq does not start" "$lab" run --dnsmasq --no-such-thing -- true
mkdir -p broken/log
echo 'nonsense' > broken/nginx.conf
echo 'port 8443' > broken/settings
check broken_site "" refuses 4 "nginx does not start" "$lab" run --no-dhcp --site broken -- true
mkdir bin
for tool in bash env dirname readlink cat id mktemp mkdir rm ip unshare; do
	ln -s "$(PATH=$PATH:/usr/sbin:/sbin command -v $tool)" bin/
done
# The program adds the system folders to its path, so a tool is missing only if they are hidden.
without()
{
	env PATH="$work/bin" bash -c "$(sed 's|^PATH=.*||; s|^here=.*|here='"$top"'/scripts|' "$top/scripts/$1")" "$@"
}
check missing_tool "" refuses 4 "dnsmasq is missing (Debian: apt install dnsmasq-base)" without lab run -- true
check qemu_missing "" refuses 4 "qemu-system-x86_64 is missing" without qemu

## a machine: UEFI without anything to start ends in its shell

check machine_stops_on "" "${machine[@]}" --stop-on 'UEFI Interactive Shell' --serial-log "$work/serial.log"
check machine_serial_log "" grep -q 'UEFI Interactive Shell' serial.log
check machine_fails_on "" refuses 1 "the console said: UEFI Interactive Shell" "${machine[@]}" --fail-on 'UEFI Interactive Shell'
check machine_runs_out_of_time "" refuses 2 "no end after 1 s" "${machine[@]}" --timeout 1
check machine_without_kernel_file "" refuses 3 "cannot read" "${machine[@]}" --kernel "$work/nothing"
check machine_ends_early "" refuses 4 "could not run" "${machine[@]}" --disk "$work"
TMPDIR=$work "${machine[@]}" --direct --memory 64 --timeout 60 &
watcher=$!
sleep 1
child=$(pgrep -P "$watcher" qemu)
kill -KILL "$watcher"
{ wait "$watcher"; } 2> /dev/null
sleep 0.5
check machine_was_running "" test -n "$child"
gone()
{
	[[ ! -e /proc/$1 ]] || grep -q '^State:.Z' "/proc/$1/status"	# dead, if not yet buried
}
check machine_dies_with_its_watcher "" gone "${child:-1}"
