#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: tests/disk/fetch_test.sh
#
# `sztpboot write --source URL` against nginx, in a network namespace of its own.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/check.sh"
PATH=$PATH:/usr/sbin:/sbin
sztpboot=${SZTPBOOT:-$(realpath "${BUILD:-$top/build}")/sztpboot}

# Start again inside: as root a network namespace is enough, others need a user namespace as well.
if [ "${1-}" != inside ]; then
	unshare=(unshare --net --kill-child)
	[ "$(id -u)" = 0 ] || unshare+=(--user --map-root-user)
	exec "${unshare[@]}" "$(readlink -f "$0")" inside
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/fetch-test.XXXXXX") || exit 2
at_exit rm -rf "$dir"
cd "$dir" || exit 2
chmod 755 .
ip link set lo up

mkdir www
head -c 6000000 /dev/urandom >image
truncate -s 12M image
zstd -q -3 image -o www/image.zst
head -c 2000000 www/image.zst >www/short.zst
sum=$(sha256sum www/image.zst | cut -d ' ' -f 1)
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out crt \
	-subj /CN=anybody -days 1 2>/dev/null

cat >conf <<END
daemon off;
pid $dir/pid;
error_log $dir/error.log;
$([ "$(stat -c %u .)" = 0 ] && echo 'user root;')
events {}
http {
	access_log off;
	client_body_temp_path $dir/1; proxy_temp_path $dir/2; fastcgi_temp_path $dir/3;
	uwsgi_temp_path $dir/4; scgi_temp_path $dir/5;
	server {
		listen 127.0.0.1:8080;
		listen 127.0.0.1:8443 ssl;
		listen [::1]:8080;
		ssl_certificate $dir/crt;
		ssl_certificate_key $dir/key;
		root $dir/www;
		location = /gone { return 503; }
		location = /elsewhere { return 302 /image.zst; }
	}
}
END
nginx -c "$dir/conf" -p "$dir" &
nginx=$!
at_exit eval "kill $nginx 2>/dev/null; wait $nginx 2>/dev/null"
for _ in $(seq 50); do
	[ -s pid ] && break
	sleep 0.1
done

refuses() { local want=$1 status=0; shift; "$@" >out 2>err || status=$?; cat err; [ $status = "$want" ]; }
says() { grep -q -- "$1" err || { echo "it does not say: $1"; return 1; }; }
fetch() { "$sztpboot" write --source "$1" --sha256 "${2-$sum}" --target disk; }
good() { rm -f disk && fetch "$1" >out && cmp disk image && [ "$(jq -r .sha256 out)" = "$sum" ]; }
bootable() { [ -e disk ]; }

check http "IMG-8" good http://127.0.0.1:8080/image.zst
check https_from_anybody "IMG-8" good https://127.0.0.1:8443/image.zst
check ipv6 "" good 'http://[::1]:8080/image.zst'

wrong() { rm -f disk; refuses 1 fetch https://127.0.0.1:8443/image.zst "${sum/??/00}" && says IMG-9 && ! bootable; }
check another_digest "IMG-9" wrong
short() { rm -f disk; refuses 1 fetch http://127.0.0.1:8080/short.zst && says IMG-9 && ! bootable; }
check shorter_file "IMG-9" short
missing() { rm -f disk; refuses 1 fetch http://127.0.0.1:8080/nothing && says 404 && ! bootable; }
check missing_file "" missing
redirect() { rm -f disk; refuses 1 fetch http://127.0.0.1:8080/elsewhere && says 302 && ! bootable; }
check redirects_are_not_followed "IMG-6" redirect
later() { rm -f disk; refuses 2 fetch http://127.0.0.1:8080/gone && says 503 && ! bootable; }
check server_says_later "" later
down() { rm -f disk; refuses 2 fetch http://127.0.0.1:8081/image.zst && ! bootable; }
check server_is_down "" down

# The connection ends after half of what the head announced.
cut_off()
{
	local size
	size=$(stat -c %s www/image.zst)
	{ printf 'HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n' "$size"; cat www/short.zst; } >answer
	socat -u FILE:answer TCP-LISTEN:8082,bind=127.0.0.1,reuseaddr &
	local server=$!
	sleep 0.3
	rm -f disk
	refuses 2 fetch http://127.0.0.1:8082/image.zst
	local status=$?
	kill $server 2>/dev/null
	wait $server 2>/dev/null
	[ $status = 0 ] && ! bootable
}
check connection_is_cut "IMG-9 IMG-15" cut_off
