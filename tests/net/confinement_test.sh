#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 180
#
# The process that talks to servers, as it is in a real run: what the kernel says of its rights,
# what it knows of our secrets, what its loss means, what it costs.  And the contract of
# `bootstrap` with its callers, as docs/bootstrap-output.md has it.
set -u
top=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
. "$top/tests/check.sh"
if [[ -z ${WORK-} ]]; then
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/confinement.XXXXXX") || exit 1
	at_exit rm -rf "$WORK"
fi
export WORK
work=$WORK
. "$top/scripts/rehearsal.sh"
agent=$BUILD/sztpboot

or_end()
{
	"$@" > "$work/out" 2>&1 && return
	cat "$work/out"
	fail prepare "exit status $? of: $*"
	exit 1
}

if [[ -z ${LAB_ADDRESS-} ]]; then	# outside: make the artifacts, then go into the laboratory
	or_end rehearsal_keys
	or_end artifacts idevid --ca "$work/pki/devices" --serial "$serial" --out "$work/idevid"
	head -c 3000000 /dev/urandom > "$work/image"
	printf 'hostname edge-1\n' > "$work/configuration"
	or_end rehearsal_conveyed "$work/image" target 1 --configuration "$work/configuration" \
		--configuration-handling merge
	or_end rehearsal_voucher "$serial" "$work/pki/signer"
	or_end rehearsal_redirect
	or_end rehearsal_site "$work/image"
	# The same with an image that does not come.
	mv "$work/site" "$work/served"
	or_end artifacts conveyed-information onboarding --image "$work/image" --owner "$work/pki/owner" \
		--image-uri "http://$owner_server:9443/image" --configuration "$work/configuration" \
		--configuration-handling merge --out "$work/conveyed.cms"
	or_end rehearsal_site "$work/image"
	mv "$work/site" "$work/waiting"
	mv "$work/served" "$work/site"
	"$top/scripts/lab" run --no-dhcp --site "$work/site" -- bash "$0"
	exit
fi

server=https://$owner_server:8443
run=("$agent" bootstrap --output "$work/result" --serial "$serial"
	--trust-anchor "$work/pki/maker/ca.der" --identity-key "$work/idevid/idevid.key"
	--identity-certificate "$work/idevid/idevid.pem")
status() { jq -r "$1" "$work/result/status.json"; }
said() { grep -q -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }
# The schema that programs rely on is the one in the documentation.
sed -n '/^```jq$/,/^```$/{/^```/!p}' "$top/docs/bootstrap-output.md" > "$work/schema.jq"
follows_schema() { [[ $(jq -f "$work/schema.jq" "$work/result/status.json") == true ]] || { cat "$work/result/status.json"; return 1; }; }

# runs EXIT-STATUS [OPTION...]: with the status, the files and the schema that belong to it
runs()
{
	timeout 60 "${run[@]}" "${@:2}" > "$work/stdout" 2> "$work/said"
	[[ $? == "$1" ]] && [[ $(status '.["exit-status"]') == "$1" ]] && follows_schema || { cat "$work/said"; return 1; }
	[[ $1 == 0 ]] || [[ $(ls "$work/result") == status.json && ! -s $work/stdout ]]
}

# ---- exit status and files

all_files()
{
	runs 0 --server "$server" --download && [[ $(cat "$work/stdout") == "$work/result/onboarding.json" ]] &&
		cmp "$work/image" "$work/result/boot-image" && cmp "$work/configuration" "$work/result/configuration" &&
		[[ $(stat -c %a "$work/result" "$work/result"/* | sort -u | xargs) == "600 700" ]] &&
		jq -e '.["ietf-sztp-conveyed-info:onboarding-information"]["boot-image"]' "$work/result/onboarding.json" &&
		[[ $(status '.["boot-image-downloaded"], .["server-authenticated"], .signed' | xargs) == "true true true" ]]
}
check success_is_0_and_all_files "ONB-3 IMG-9 SEC-4" all_files
check refusal_is_1_and_leaves_nothing_else "DISC-9 OV-10" runs 1 --server "$server" --serial OTHER
check no_server_is_2 "DISC-6" runs 2 --server "https://$owner_server:1"
check a_file_that_is_not_there_is_3 "KEY-2" runs 3 --server "$server" --idevid "$work/nothing"
machine_failed()
{
	"${run[@]}" --output /proc/none --server "$server" > "$work/stdout" 2> "$work/said"
	[[ $? == 4 && ! -s $work/stdout ]] && said '^sztpboot: this machine failed: '
}
check a_machine_that_cannot_write_is_4 "" machine_failed

as_a_user()
{
	local as=()

	[[ $(id -u) != 0 ]] || grep -q ' 0 *4294967295' /proc/self/uid_map && as=(setpriv --reuid 1000 --regid 1000 --clear-groups)
	mkdir -p "$work/user/pki" && cp "$agent" "$work/pki/maker/ca.der" "$work/idevid/idevid.key" \
		"$work/idevid/idevid.pem" "$work/user" && chmod 711 "$work" && chmod -R a+rwX "$work/user" &&
		"${as[@]}" "$work/user/sztpboot" bootstrap --output "$work/user/result" --serial "$serial" \
			--trust-anchor "$work/user/ca.der" --identity-key "$work/user/idevid.key" \
			--identity-certificate "$work/user/idevid.pem" --server "$server" --download &&
		cmp "$work/image" "$work/user/result/boot-image"
}
check an_ordinary_user_can_run_it "SEC-4" as_a_user

# ---- the process, while a server keeps it waiting

# stalls [KIND]: a server that says nothing, to one client, at $stalled; it speaks TLS.
stalls()
{
	local tls=",cert=$work/pki/server/server.pem,key=$work/pki/server/server.key,verify=0"

	[[ ${1-OPENSSL} == OPENSSL ]] || tls=
	socat "${1-OPENSSL}-LISTEN:9443,bind=$owner_server,reuseaddr$tls" EXEC:'sleep 60' 2> "$work/socat.log" &
	stalling=$!
	until ss -Hltn "sport = 9443" | grep -q .; do
		kill -0 $stalling || { cat "$work/socat.log"; return 1; }
	done
}
stalled=https://$owner_server:9443

# begins [OPTION...]: the agent's process is $pid, that of its worker $child, which has shaken hands.
begins()
{
	stalls || return 1
	"${run[@]}" --server "$stalled" "$@" > "$work/stdout" 2> "$work/said" &
	pid=$!
	until ss -Htn "dport = 9443" | grep -q ESTAB && child=$(pgrep -P $pid) &&
		grep -q '^Seccomp:.2' "/proc/$child/status"; do
		kill -0 $pid || { cat "$work/said"; return 1; }
	done
}

ends()
{
	kill $pid $stalling
	wait $pid $stalling
	:
} 2> /dev/null

no_rights()
{
	begins || return 1
	cp "/proc/$child/status" "$work/proc"
	ls -l "/proc/$child/fd" > "$work/fds" 2>&1
	ls -l "/proc/$child/" > "$work/links" 2>&1
	awk '/^Threads/ { print "parent", $0 }' "/proc/$pid/status" >> "$work/proc"
	ends
	cat "$work/proc" "$work/fds" "$work/links"
	grep -qx $'NoNewPrivs:\t1' "$work/proc" && [[ $(grep -c $'^Cap[IPEA].*\t0000000000000000$' "$work/proc") == 4 ]] || return 1
	grep -q ' 0 *4294967295' /proc/self/uid_map || return 0
	grep -qx $'Uid:\t65534\t65534\t65534\t65534' "$work/proc" && grep -q 'root -> .*(deleted)' "$work/links" &&
		! grep -v -e /dev/null -e socket: -e '^total' "$work/fds"
}
check the_kernel_says_it_has_no_rights "SEC-4" no_rights

# The client key's secret number, in the memory of either process.
key_is_in()
{
	python3 - "$1" "$work/idevid/idevid.key" <<-'END'
		import subprocess, sys
		text = subprocess.run(["openssl", "ec", "-in", sys.argv[2], "-noout", "-text"],
		                      capture_output=True, text=True).stdout
		digits = text.split("priv:")[1].split("pub:")[0]
		key = bytes.fromhex("".join(digits.split()).replace(":", "")[-64:])
		assert len(key) == 32
		found = 0
		with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb") as mem:
		    for line in maps:
		        first, last = (int(n, 16) for n in line.split()[0].split("-"))
		        if line.split()[1][0] != "r" or "[v" in line:
		            continue
		        mem.seek(first)
		        found += mem.read(last - first).count(key)
		sys.exit(0 if found else 1)
	END
}
no_key()
{
	local in_parent in_child

	begins || return 1
	key_is_in $pid; in_parent=$?
	key_is_in "$child"; in_child=$?
	ends
	[[ $in_parent == 0 && $in_child == 1 ]]
}
if grep -q ' 0 *4294967295' /proc/self/uid_map; then
	check the_key_is_not_in_its_memory "KEY-4" no_key
fi

# ---- its loss

killed()
{
	begins --server "$server" || return 1
	kill -9 "$child"
	kill $stalling 2> /dev/null	# gone when the servers are tried one by one
	wait $stalling 2> /dev/null
	wait $pid && said 'SEC-4: the worker was killed by signal 9' && follows_schema &&
		[[ $(status .server) == "$server" ]]
}
check the_next_server_is_tried_after_a_loss "SEC-4 SRC-10" killed

killed_alone()
{
	begins || return 1
	kill -SEGV "$child"
	wait $pid
	[[ $? == 2 ]] && said 'SEC-4: the worker was killed by signal 11' && follows_schema
	kill $stalling 2> /dev/null
	wait $stalling 2> /dev/null
	[[ $(status .requirement) == SEC-4 ]]
}
check a_loss_is_a_failure_and_no_more "SEC-4" killed_alone

orphaned()
{
	begins || return 1
	kill -9 $pid
	wait $pid 2> /dev/null
	for _ in $(seq 100); do
		[[ -e /proc/$child/stat && $(cut -d' ' -f3 "/proc/$child/stat" 2> /dev/null) != Z ]] || break
		sleep 0.05
	done
	ends
	[[ ! -e /proc/$child || $(cut -d' ' -f3 "/proc/$child/stat") == Z ]]
}
check it_ends_with_the_agent "SEC-4" orphaned

# ---- what it costs

peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status"; }

# Peaks of resident memory, when the conversation is over but for its end: the image is awaited.
# Pages that processes share are counted for each.
memory()
{
	local at_download children=() sum

	cp "$work/waiting/devices/"*.json "$work/site/devices/"
	stalls TCP || return 1
	"${run[@]}" --server "$server" --download > "$work/stdout" 2> "$work/said" &
	pid=$!
	until ss -Htnp "dport = 9443" | grep -q ESTAB; do
		kill -0 $pid || { cat "$work/said"; return 1; }
	done
	mapfile -t children < <(pgrep -P $pid)
	sum=$(peak $pid)
	for child in "${children[@]}"; do
		echo "$(peak $pid) KiB and $(peak "$child") KiB"
		(($(peak $pid) + $(peak "$child") <= 16 * 1024)) || sum=0
	done
	ends
	((${#children[@]} == 2 && sum))
}
check conversation_and_download_take_below_16_mib "SEC-5" memory
