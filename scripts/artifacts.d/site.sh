# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts site --out DIR --serial SN --conveyed-information FILE
                      [--owner-certificate FILE --voucher FILE] --server DIR [OPTION...]
       artifacts site --out DIR --devices FILE --conveyed-information FILE
                      [--owner-certificate FILE] --server DIR [OPTION...]

Makes or extends a folder that nginx serves as bootstrap server and image server.
Run it once per device, or with a list of devices that get the same; what belongs to the
server is needed the first time only.
Start it with:  nginx -p DIR -e log/error.log -c nginx.conf
Started as root, nginx hands its work to another user, who must be able to read DIR.

  --out DIR                    the folder
  --serial SN                  device that gets these artifacts
  --conveyed-information FILE  DER artifact, signed or not
  --owner-certificate FILE     with --voucher: what proves signed data
  --voucher FILE
  --devices FILE               instead of both: one device per line, its serial number and, after
                               a tab, its voucher
  --redirect-information FILE  signed redirect information that a device gets while it has not
                               authenticated this server; naming this server with its trust
                               anchor there makes it a trusted one that gets progress reports
  --reporting-level L          minimal or verbose progress reports
  --server DIR                 TLS key and certificate (artifacts server)
  --image FILE                 boot image, served as /images/NAME over HTTP and HTTPS
  --device-ca FILE             authority of device certificates, PEM: devices that show one
                               get their own answer; a wrong one is refused
  --require-device-certificate refuse requests without one
  --ask-csr ALGORITHM          p256, p384, own or no: first ask devices that offer it for a
                               certification request (RFC 9646) about a new key, or about
                               their own one; it is p10-csr in the body of a logged request
  --listen ADDR                address to listen on, default all; may be given several times
  --port N                     HTTPS port, default 8443
  --http-port N                HTTP port for images, default 8080

With one device everybody gets its artifacts (they are of use to nobody else); from the
second device on, and always with --require-device-certificate, the certificate decides.
Requests are logged in DIR/log/requests.jsonl, progress reports in DIR/log/reports.jsonl.
END
}

# The server's settings live in DIR/settings, one "name value" per line.
setting()
{
	[[ ! -f $out/settings ]] || sed -n "s/^$1 //p" "$out/settings"
}

# device_documents FOLDER FILE: for each device the answer to get-bootstrapping-data with this
# conveyed information.
device_documents()
{
	local before after= file serial voucher

	before='{"ietf-sztp-bootstrap-server:output":{"conveyed-information":'$(json_binary "$2")
	[[ -z $certificate ]] || before+=',"owner-certificate":'$(json_binary "$certificate")
	[[ -z $level ]] || after=',"reporting-level":"'"$level"'"'
	while IFS=$'\t' read -r file serial voucher; do
		[[ -z $certificate ]] || voucher=',"ownership-voucher":'$(json_binary "$voucher")
		printf '%s%s%s}}\n' "$before" "$voucher" "$after" | place "$1/$file"
	done < "$SCRATCH/devices"
}

# Names of files in devices/: the serial number with everything unusual in hex.
device_file()
{
	local i c

	for ((i = 0; i < ${#1}; i++)); do
		c=${1:i:1}
		[[ $c == [A-Za-z0-9_-] ]] && printf '%s' "$c" || printf '=%02x' "'$c"
	done
	printf .json
}

# The map from the subject of a client certificate (RFC 2253 form) to a file.
device_map()
{
	local serial file others=(none)

	if [[ -z $strict && $(wc -l < "$out/devices.list") == 1 ]]; then
		others=($(cut -f1 "$out/devices.list"))
	fi
	echo "default ${others[0]};"
	# The serial number is escaped for the RFC 2253 text, then for the pattern, then for nginx's quotes.
	paste <(cut -f2 "$out/devices.list" | sed 's/[,+]/\\&/g; s/^ /\\&/; s/ $/\\ /
		s/[].[\*^$+?(){}|\\]/\\&/g; s/\\/\\\\/g') <(cut -f1 "$out/devices.list") |
		while IFS=$'\t' read -r serial file; do
			printf '"~(^|[^\\\\\\\\][,+])serialNumber=%s($|,|\\+)" %s;\n' "$serial" "$file"
		done
}

listeners()
{
	local address port=$1 tail=$2

	# A site whose power comes back asks all at once (the kernel's default keeps 511 waiting).
	while read -r address; do
		[[ $address != *:* || $address == \[* ]] || address="[$address]"
		printf '\t\tlisten %s:%s backlog=4096%s;\n' "$address" "$port" "$tail"
	done < <(setting listen)
}

# question ALGORITHM: error-info that asks for a certification request, with nginx's quotes.
question()
{
	local algorithm= key=

	case $1 in
	p256) algorithm=MBMGByqGSM49AgEGCCqGSM49AwEH ;;
	p384) algorithm=MBAGByqGSM49AgEGBSuBBAAi ;;
	esac
	[[ -z $algorithm ]] ||
		key='"key-generation":{"selected-algorithm":{"algorithm-identifier":"'$algorithm'"}},'
	printf '{"ietf-sztp-csr:csr-request":{%s"csr-generation":{"selected-format":{%s}}}}' \
		"$key" '"format-identifier":"ietf-ztp-types:p10-csr"'
}

# error_answer STATUS TYPE TAG MESSAGE: pairs of status and tag are those of RFC 8040 section 7.
error_answer()
{
	printf '\t\t\tdefault_type application/yang-data+json;\n'
	printf '\t\t\treturn %s %s;\n' "$1" "'"'{"ietf-restconf:errors":{"error":[{"error-type":"'"$2"'","error-tag":"'"$3"'","error-message":"'"$4"'"}]}}'"'"
}

nginx_conf()
{
	local verify= guard= ask= asked=$(setting ask-csr)

	[[ ! -f $out/tls/device-ca.pem ]] || verify="
		ssl_client_certificate tls/device-ca.pem;
		ssl_verify_client optional;
		ssl_verify_depth 4;"
	[[ -z $strict ]] || guard='
			if ($ssl_client_verify != SUCCESS) { return 401; }'
	[[ -z $asked ]] || ask="
		~csr-support ask;"
	cat <<END
# Written by artifacts site; run it again instead of editing.
daemon off;
worker_processes auto;
worker_rlimit_nofile 8192;
pid run/nginx.pid;
error_log log/error.log info;
events { worker_connections 4096; }
http {
	default_type application/octet-stream;
	server_tokens off;
	sendfile on;
	client_body_temp_path run/body;
	proxy_temp_path run/proxy;
	fastcgi_temp_path run/fastcgi;
	uwsgi_temp_path run/uwsgi;
	scgi_temp_path run/scgi;
	log_format request escape=json '{"time":"\$time_iso8601","msec":\$msec,"connected":\$connection_time,"peer":"\$remote_addr",'
		'"tls":"\$ssl_protocol","device":"\$ssl_client_s_dn","verified":"\$ssl_client_verify",'
		'"request":"\$request","status":\$status,"sent":\$body_bytes_sent,'
		'"accept":"\$http_accept","type":"\$content_type","body":"\$request_body"}';
	access_log log/requests.jsonl request;
	map_hash_bucket_size 256;
	map \$ssl_client_s_dn \$device {
		include devices.map;
	}
	# A device says signed-data-preferred while it has not authenticated us (RFC 8572 5.3).
	map \$request_body \$trust {
		default trusted;$ask
		~signed-data-preferred untrusted;
	}
	server {
$(listeners "$(setting http-port)" "")
		access_log log/requests.jsonl request;
		location /images/ { root www; }
		location / { return 404; }
	}
	server {
$(listeners "$(setting port)" " ssl")
		ssl_certificate tls/server.pem;
		ssl_certificate_key tls/server.key;
		ssl_protocols TLSv1.2 TLSv1.3;$verify
		ssl_session_cache shared:tls:10m;
		client_max_body_size 1m;
		client_body_buffer_size 1m;
		client_body_in_single_buffer on;
		recursive_error_pages on;
		location /images/ { root www; }
		location / { return 404; }
		location /restconf/ {
$(error_answer 404 protocol invalid-value "no such resource")
		}

		# nginx reads a body, and so can log it, only for a handler that wants it:
		# the mirror does.  The static handler finds the file rpc, refuses POST with
		# 405, and that becomes the answer.
		location = /restconf/operations/ietf-sztp-bootstrap-server:get-bootstrapping-data {$guard
			limit_except POST { deny all; }
			error_page 403 = @post_only;
			error_page 413 = @too_big;
			mirror /mirror;
			alias rpc;
			error_page 401 = @unknown;
			error_page 405 =200 /devices/\$trust/\$device;
		}
		location = /restconf/operations/ietf-sztp-bootstrap-server:report-progress {$guard
			limit_except POST { deny all; }
			error_page 403 = @post_only;
			error_page 413 = @too_big;
			access_log log/reports.jsonl request;
			mirror /mirror;
			alias rpc;
			error_page 401 = @unknown;
			error_page 405 = @reported;
		}
		location @reported {
			access_log log/reports.jsonl request;
			return 204;
		}
		location ~ ^/devices/[a-z]+/(?<file>[^/]+)\$ {
			internal;
			root .;
			default_type application/yang-data+json;
			try_files \$uri /devices/\$file =404;
			error_page 404 = @unknown; # a new status, which the 200 of above would hide
		}
		# Those that can be asked for a certification request say so until they send it.
		location ^~ /devices/ask/ {
			internal;
			error_page 410 = @ask;
			return 410;
		}
		location @ask {
			default_type application/yang-data+json;
			return 400 '{"ietf-restconf:errors":{"error":[{"error-type":"application","error-tag":"missing-attribute","error-message":"certification request wanted","error-info":$(question "$asked")}]}}';
		}
		location = /mirror { internal; access_log off; return 204; }
		location /devices/ {
			internal;
			root .;
			default_type application/yang-data+json;
		}
		location @unknown {
$(error_answer 401 protocol access-denied "unknown device")
		}
		location @post_only {
			add_header Allow POST always;
$(error_answer 405 protocol operation-not-supported "operations are called by POST")
		}
		location @too_big {
$(error_answer 413 protocol too-big "more than 1 MiB")
		}
	}
}
END
}

command_main()
{
	local out= serial= devices= conveyed= certificate= voucher= server= images=() listen=() level=
	local port= http_port= device_ca= strict= redirect= ask_csr= f

	while (($#)); do
		case $1 in
		--require-device-certificate) strict=1; shift; continue ;;
		--out) argument $# "$1"; out=$2 ;;
		--serial) argument $# "$1"; serial=$2 ;;
		--devices) argument $# "$1"; devices=$2 ;;
		--conveyed-information) argument $# "$1"; conveyed=$2 ;;
		--owner-certificate) argument $# "$1"; certificate=$2 ;;
		--voucher) argument $# "$1"; voucher=$2 ;;
		--redirect-information) argument $# "$1"; redirect=$2 ;;
		--reporting-level) argument $# "$1"; level=$2 ;;
		--server) argument $# "$1"; server=$2 ;;
		--image) argument $# "$1"; images+=("$2") ;;
		--device-ca) argument $# "$1"; device_ca=$2 ;;
		--ask-csr) argument $# "$1"; ask_csr=$2 ;;
		--listen) argument $# "$1"; listen+=("$2") ;;
		--port) argument $# "$1"; port=$2 ;;
		--http-port) argument $# "$1"; http_port=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --out "$out" --conveyed-information "$conveyed"
	if [[ -n $devices ]]; then
		[[ -z $serial$voucher ]] || die_usage "--devices excludes --serial and --voucher"
		readable "$devices"
	else
		required --serial "$serial"
		printf '%s\t%s\n' "$serial" "$voucher" > "$SCRATCH/one"
		devices=$SCRATCH/one
	fi
	while IFS=$'\t' read -r serial voucher || [[ -n $serial ]]; do
		serial_check "$serial"
		[[ -n $certificate && -n $voucher || -z $certificate$voucher ]] ||
			die_usage "--owner-certificate and --voucher go together"
		[[ -z $voucher ]] || readable "$voucher"
		printf '%s\t%s\t%s\n' "$(device_file "$serial")" "$serial" "$voucher"
	done < "$devices" > "$SCRATCH/devices"
	[[ -s $SCRATCH/devices ]] || die_usage "no device in '$devices'"
	[[ $level =~ ^(minimal|verbose|)$ ]] || die_usage "--reporting-level is minimal or verbose"
	[[ $ask_csr =~ ^(p256|p384|own|no|)$ ]] || die_usage "--ask-csr is p256, p384, own or no"
	[[ -n $server || -f $out/tls/server.pem ]] || die_usage "--server is missing"
	[[ -z $port ]] || number_check --port "$port" 1 65535
	[[ -z $http_port ]] || number_check --http-port "$http_port" 1 65535
	for f in "$conveyed" "$certificate" "$device_ca" "$redirect" "${images[@]}" \
		${server:+"$server/server.pem" "$server/server.key"}; do
		[[ -z $f ]] || readable "$f"
	done
	for f in "${listen[@]}"; do
		[[ $f =~ ^[0-9A-Fa-f:.]+$|^\[[0-9A-Fa-f:.]+\]$ ]] || die_usage "--listen wants an address, not '$f'"
	done

	folder "$out"
	mkdir -p "$out"/{tls,run,log,devices,www/images}
	if [[ -n $server ]]; then
		cat "$server/server.pem" "$server/chain.pem" | place "$out/tls/server.pem"
		place "$out/tls/server.key" 0600 < "$server/server.key"
	fi
	[[ -z $device_ca ]] || place "$out/tls/device-ca.pem" < "$device_ca"
	[[ -n $strict ]] || strict=$(setting require-device-certificate)
	[[ -z $strict || -f $out/tls/device-ca.pem ]] ||
		die_usage "--require-device-certificate wants --device-ca"
	((${#listen[@]})) || mapfile -t listen < <(setting listen)
	((${#listen[@]})) || listen=('*' '[::]')
	[[ -n $ask_csr ]] || ask_csr=$(setting ask-csr)
	[[ $ask_csr != no ]] || ask_csr=
	{
		printf 'listen %s\n' "${listen[@]}"
		echo "port ${port:-$(setting port | grep . || echo 8443)}"
		echo "http-port ${http_port:-$(setting http-port | grep . || echo 8080)}"
		[[ -z $ask_csr ]] || echo "ask-csr $ask_csr"
		[[ -z $strict ]] || echo "require-device-certificate $strict"
	} > "$SCRATCH/settings"
	place "$out/settings" < "$SCRATCH/settings"

	device_documents "$out/devices" "$conveyed"
	if [[ -n $redirect ]]; then
		mkdir -p "$out/devices/untrusted"
		device_documents "$out/devices/untrusted" "$redirect"
	else
		cut -f1 "$SCRATCH/devices" | sed "s|^|$out/devices/untrusted/|" | tr '\n' '\0' | xargs -0 rm -f
	fi
	cut -f1,2 "$SCRATCH/devices" > "$SCRATCH/new"
	touch "$out/devices.list"
	{
		awk -F '\t' 'NR == FNR { new[$1]; next } !($1 in new)' "$SCRATCH/new" "$out/devices.list"
		cat "$SCRATCH/new"
	} > "$SCRATCH/list"
	place "$out/devices.list" < "$SCRATCH/list"
	device_map | place "$out/devices.map"
	for f in "${images[@]}"; do
		place "$out/www/images/$(basename "$f")" < "$f"
	done
	: | place "$out/rpc"
	nginx_conf | place "$out/nginx.conf"
}
