#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 120
#
# Bootstrap servers that misbehave, and what the person at the console reads about them.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/namespace.sh"
in_namespace openssl socat
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

# answers FILE [CERTIFICATES]: a TLS server that says the same to everybody, whatever it is asked.
answers()
{
	port=$((port + 1))
	socat "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork,cert=${2:-both.pem},verify=0" \
		"SYSTEM:sleep 0.2; cat $1" 2>server.log &
	listening $port
}

# asks SERVER...: all the agent says is in said; its exit status.
asks()
{
	local servers=()

	while [[ ${1-} == https:* ]]; do
		servers+=(--server "$1")
		shift
	done
	rm -rf out
	timeout 60 "$agent" bootstrap --output out --serial S-1 --trust-anchor anchor.pem \
		"${servers[@]}" "$@" >said 2>&1
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

# asks_trusted ANCHOR [OPTION...]: the last server, which must prove itself.
asks_trusted() { asks "https://127.0.0.1:$port" --server-anchor "$@"; }

only_1_3() { serves -tls1_3 && { asks "https://127.0.0.1:$port"; ends 1 TPM-98 "server speaks only TLS 1.3"; }; }
check a_server_of_tls_1_3_alone "TPM-98 STACK-1" only_1_3

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

# status NUMBER TYPE BODY: an error with that body.
status()
{
	says "HTTP/1.1 $1 No\\r\\nContent-Type: $2\\r\\nContent-Length: ${#3}\\r\\n\\r\\n$3"
	local ended=$?

	grep -q "$1" said || { cat said; return 1; }
	[ $ended = 1 ] || [ $ended = 2 ] || { echo "status $ended"; return 1; }
	[ ! -e out/onboarding.json ]
}
check a_401_in_html "ERR-1" status 401 text/html '<html><h1>Authorization Required</h1></html>'
check a_403_in_xml "ERR-1" status 403 application/yang-data+xml '<errors/>'
check a_404_that_is_empty "ERR-1" status 404 text/plain ''
check a_500_in_broken_json "ERR-1" status 500 application/yang-data+json '{"ietf-restconf:errors":'

zipped()
{
	says 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc'
	ends 1 HTTP-13 "encoded, which was not asked for: gzip"
}
check a_server_that_compresses "HTTP-13" zipped

flood()
{
	for _ in $(seq 20); do printf 'HTTP/1.1 100 Continue\r\n\r\n'; done >reply
	answers reply
	asks "https://127.0.0.1:$port"
	ends 1 HTTP-13 "too many 1xx answers"
}
check a_server_that_says_continue_for_ever "HTTP-13 SEC-5" flood

endless_body()
{
	{ printf 'HTTP/1.1 200 OK\r\nContent-Type: application/yang-data+json\r\n\r\n{"'
		yes aaaaaaaaaaaaaaa | head -c 9000000; } >reply
	answers reply
	asks "https://127.0.0.1:$port"
	ends 1 HTTP-13 "larger than"
}
check a_server_with_an_endless_body "HTTP-13 SEC-5" endless_body

# --- what a server must prove where it is to be trusted

# ca NAME [ISSUER]; leaf NAME ISSUER SAN [FROM TO]: by a CA of openssl's.
cat >ca.cnf <<'END'
[ca]
default_ca = d
[d]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = p
unique_subject = no
[p]
commonName = supplied
[a]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[l]
subjectAltName = ${ENV::SAN}
extendedKeyUsage = serverAuth
END
: >index
echo 1000 >serial
signed()
{
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-subj "/CN=$1" -out "$1.csr" 2>/dev/null &&
		SAN=$4 openssl ca -batch -notext -config ca.cnf -extensions "$3" -in "$1.csr" \
			-cert "$2.pem" -keyfile "$2.key" -startdate "${5:-20200101000000Z}" \
			-enddate "${6:-20490101000000Z}" -out "$1.pem" 2>ca.log || cat ca.log
}
new root -addext keyUsage=critical,keyCertSign
new stranger -addext keyUsage=critical,keyCertSign
signed one root a email:copy
signed two one a email:copy
signed leaf two l IP:127.0.0.1
signed other two l DNS:other.example
signed old root l IP:127.0.0.1 20200101000000Z 20210101000000Z
signed named root l DNS:127.0.0.1
nothing='HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n'
printf "$nothing" >nothing

# proves FILE... [-- ANCHOR]: a server with these certificates, of which the first is its own.
proves()
{
	cat "${@/%/.pem}" "$1.key" >chain.pem
	answers nothing chain.pem
	asks_trusted "${anchor:-root.pem}"
}

in_order() { proves leaf two one; ends 1 404 && ! grep -q TLS-7 said; }
check a_chain_in_order "TLS-7" in_order
in_disorder() { proves leaf one two; ends 1 404 && ! grep -q TLS-7 said; }
check a_chain_in_disorder "TLS-7" in_disorder
with_strangers() { proves leaf stranger two root one; ends 1 404 && ! grep -q TLS-7 said; }
check a_chain_with_strangers_in_it "TLS-7" with_strangers
hole_in_chain() { proves leaf one; ends 1 TLS-7 "server certificate"; }
check a_chain_with_a_hole "TLS-7" hole_in_chain
other_root() { anchor=stranger.pem proves leaf two one; ends 1 TLS-7 "server certificate"; }
check a_certificate_of_another_root "TLS-7 TLS-10" other_root
other_name() { proves other two one; ends 1 TLS-7 "server certificate"; }
check a_certificate_for_another_name "TLS-7" other_name
address_as_name() { proves named; ends 1 TLS-7 "server certificate"; }
check an_address_that_stands_as_a_name "TLS-7" address_as_name
expired() { proves old; ends 1 CLK-5 "server certificate" "expired on 2021-01-01"; }
check a_certificate_that_has_expired "TLS-7 CLK-5" expired

# --- suites and renegotiation

new rsa
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout rsa.key -out rsa.pem -subj /CN=rsa 2>/dev/null
weak()
{
	serves -cert rsa.pem -key rsa.key -tls1_2 -cipher "$1:@SECLEVEL=0"
	asks "https://127.0.0.1:$port"
	ends 1 TLS-2 "no common cipher suite"
}
check a_server_with_cbc_alone "TLS-9" weak ECDHE-RSA-AES256-SHA384
check a_server_without_forward_secrecy "TLS-9" weak AES128-GCM-SHA256
check a_server_with_sha_1 "TLS-9" weak AES128-SHA

logged()
{
	for _ in $(seq 200); do
		! grep -q "$1" server.log || return 0
		sleep 0.05
	done
	return 1
}

# The server asks for a new handshake in the middle of the first exchange.
renegotiates()
{
	port=$((port + 1))
	mkfifo commands
	openssl s_server -accept "127.0.0.1:$port" -cert server.pem -key server.key -tls1_2 \
		-naccept 1 -client_renegotiation <commands >server.log 2>&1 &
	exec 4>commands
	logged ACCEPT
	asks "https://127.0.0.1:$port" &
	local agent_pid=$!
	logged '^POST\|^GET'
	echo r >&4
	wait $agent_pid
	ends 2 "by a new handshake" "127.0.0.1:$port: Connection refused"
	local ended=$?
	exec 4>&-
	return $ended
}
check a_server_that_renegotiates "TLS-9" renegotiates
