#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# Bootstrap servers that misbehave, and what the person at the console reads about them.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
agent=$(realpath "${BUILD:-$top/build}")/sztpboot
PATH=$PATH:/usr/sbin:/sbin

# One process namespace for everything: when its first process ends, nothing is left.
if [ -z "${IN_NAMESPACE-}" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/faults-test.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	for tool in openssl socat ip unshare; do
		command -v $tool >/dev/null || { echo "FAIL $tool is missing"; exit 1; }
	done
	users=(--user --map-root-user)
	[ "$(id -u)" != 0 ] || users=()
	IN_NAMESPACE=$work unshare "${users[@]}" --net --mount --pid --fork --kill-child \
		--mount-proc bash "$0"
	exit
fi
. "$top/tests/check.sh"
cd "$IN_NAMESPACE" || exit 1
ip link set lo up
# A network in which nobody answers.
ip link add hole type veth peer name end
ip link set end up
ip addr add 192.0.2.1/24 dev hole
ip link set hole up
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev hole

new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-keyout "$1.key" -out "$1.pem" -subj "/CN=$1" "${@:2}" 2>/dev/null; }
new anchor
new server -addext subjectAltName=IP:127.0.0.1
cat server.pem server.key >both.pem
port=8442

listening()
{
	for _ in $(seq 200); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
		sleep 0.02
	done
	return 1
}

# serves ARGUMENTS: openssl's server, on the next port.
serves()
{
	port=$((port + 1))
	openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -quiet "$@" \
		>server.log 2>&1 </dev/null &
	listening $port
}

# answers FILE: a TLS server that says the same to everybody, whatever it is asked.
answers()
{
	port=$((port + 1))
	socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,cert=both.pem,verify=0" \
		"SYSTEM:sleep 0.2; cat $1" 2>server.log &
	sleep 0.3
}

# asks SERVER...: all the agent says is in said; its exit status.
asks()
{
	local servers=() server

	for server; do
		servers+=(--server "$server")
	done
	rm -rf out
	timeout 60 "$agent" bootstrap --output out --serial S-1 --trust-anchor anchor.pem \
		"${servers[@]}" >said 2>&1
}

# ends STATUS WORDS...
ends()
{
	local status=$?

	[ "$status" = "$1" ] || { echo "status $status"; cat said; return 1; }
	shift
	for words; do
		grep -qF -- "$words" said || { echo "not said: $words"; cat said; return 1; }
	done
	[ ! -e out/onboarding.json ]
}

only_1_3() { serves -tls1_3 && { asks "https://127.0.0.1:$port"; ends 1 TPM-98 "server speaks only TLS 1.3"; }; }
check a_server_of_tls_1_3_alone "TPM-98" only_1_3

nobody() { asks https://127.0.0.1:9; ends 2 "127.0.0.1:9: Connection refused"; }
check nobody_listens "" nobody

hole()
{
	local begun=$SECONDS

	asks https://192.0.2.9:8443 https://127.0.0.1:9
	ends 2 TLS-15 "192.0.2.9:8443: no connection in time" "127.0.0.1:9: Connection refused" &&
		[ $((SECONDS - begun)) -le 12 ]
}
check a_dead_server_costs_ten_seconds_and_the_next_is_tried "TLS-15 SRC-10" hole

says() { printf "$1" >reply; answers reply; asks "https://127.0.0.1:$port"; }

truncates() { says 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{'; ends 2 HTTP-13 "ends 4999 bytes early"; }
check a_server_that_truncates "HTTP-13" truncates

no_http() { says '220 mail.example ESMTP\r\n'; ends 1 HTTP-13 "no HTTP/1 status line"; }
check a_server_that_does_not_speak_http "HTTP-13" no_http

endless()
{
	{ printf 'HTTP/1.1 200 OK\r\n'; yes 'X-Header: and so on' | head -n 5000; } >reply
	answers reply
	asks "https://127.0.0.1:$port"
	ends 1 HTTP-13 "too large a head"
}
check a_server_with_an_endless_head "HTTP-13 SEC-5" endless

hangs_up() { says ''; ends 2 "closed the connection without an answer"; }
check a_server_that_hangs_up "" hangs_up

elsewhere() { says 'HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n'; ends 1 HTTP-12; }
check a_redirect_of_http_is_not_followed "HTTP-12" elsewhere
