#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `sztpboot trust` from the outside: enrolment, loading, identity, refusals, each against a
# software TPM of its own on a socket in this test's folder.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tests/check.sh"
sztpboot=${SZTPBOOT:-$(realpath "${BUILD:-$top/build}")/sztpboot}

work=$(mktemp -d "${TMPDIR:-/tmp}/trust-test.XXXXXX")
cd "$work" || exit 1

# power_off DIR, power_on DIR: the machine whose TPM has its state in DIR
power_off()
{
	local pid

	if [[ -s $1.pid ]]; then
		pid=$(< "$1.pid")
		kill -KILL "$pid"
		while [[ -e /proc/$pid ]] && ! grep -q '^State:.Z' "/proc/$pid/status"; do sleep 0.01; done
	fi 2> /dev/null
	rm -f "$1.pid" "$1.sock" "$1.sock.ctrl"
}

power_on()
{
	power_off "$1"
	mkdir -p "$1"
	swtpm socket --tpm2 --tpmstate dir="$work/$1" --server type=unixio,path="$work/$1.sock" \
		--ctrl type=unixio,path="$work/$1.sock.ctrl" --flags not-need-init,startup-clear \
		> "$1.log" 2>&1 &
	echo $! > "$1.pid"
	disown $!
	for ((i = 0; i < 200; i++)); do
		[[ -S $1.sock && -S $1.sock.ctrl ]] && break
		sleep 0.02
	done
	tcti=swtpm:path=$work/$1.sock
	export TPM2TOOLS_TCTI=$tcti
}

end()
{
	for pid in "$work"/*.pid; do
		[[ ! -s $pid ]] || power_off "${pid%.pid}"
	done
	rm -rf "$work"
}
at_exit end

# measure PCR TEXT
measure()
{
	printf %s "$2" > event
	tpm2_pcrevent "$1" event > /dev/null
}

# boot DIR [KERNEL]: power on, and what firmware does then
boot()
{
	power_on "$1" && measure 0 firmware && measure 4 "${2:-kernel}"
}

trust()
{
	"$sztpboot" trust "$@" --tcti "$tcti" > out.txt 2> err.txt
}

# refuses STATUS RULE ARGUMENT...: one line with the rule, nothing on standard output
refuses()
{
	local status=$1 rule=$2 is

	shift 2
	trust "$@"
	is=$?
	cat err.txt
	[[ $is == "$status" && ! -s out.txt ]] && grep -qF -- "$rule" <(tail -n 1 err.txt)
}

loads()
{
	trust check --authority "${authority:-authority}" "$@" || { cat err.txt; return 1; }
	cat out.txt
}

# has FILTER: out.txt is JSON for which the jq filter is true
has()
{
	jq -e "$1" out.txt
}

certificate()	# NAME [OPENSSL-ARGUMENT...]: a self-signed CA
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-out "$1.pem" -days 3650 -subj "/O=Test/CN=$1" "${@:2}" 2> /dev/null
}

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out authority.pem 2> /dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem 2> /dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2> /dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out stranger.pem 2> /dev/null
mkdir authority
openssl pkey -in authority.pem -pubout -outform DER -out authority/1.der
certificate maker
certificate server
cat > store.json <<'END'
{ "serial": "JADA123456789", "hardware-model": "model", "vendor": "Example",
  "minimum-time": "2027-01-02T03:04:05Z", "voucher-anchors": ["maker.pem"],
  "server-anchors": [{"file": "server.pem", "digest-only": true}],
  "well-known": [{"host": "boot.example", "anchors": [0]}],
  "flags": ["secure-mode", "dhcp", "well-known"],
  "secrets": {"proxy": "hunter2-hunter2"} }
END

enroll()
{
	trust enroll --in store.json --authority-key authority.pem --pcr 4=now "$@" ||
		{ cat err.txt; return 1; }
	cat out.txt
}

# --- the good way ---

good_run()
{
	boot a && enroll --nv --out a.szt && boot a && loads &&
		has '.loaded and .generation == 1 and .serial == "JADA123456789" and
		     .mode == "custom" and .from == "TPM NV" and .vendor == "Example" and
		     .flags == ["secure-mode", "dhcp", "well-known"] and
		     ."minimum-time" == "2027-01-02T03:04:05Z" and
		     (."voucher-anchors" | length) == 1 and (."server-anchors" | length) == 0 and
		     ."well-known"[0].port == 443 and .secrets == ["proxy"] and .identity == null'
}
check enrolled_store_loads "TPM-138 TPM-142 TPM-45 TRUST-3" good_run
check loads_once_in_a_boot "TPM-76 TPM-31" refuses 1 STORE_PCR check --authority authority

shown_without_moving()
{
	boot a && trust show && has '.generation == 1 and .policy.mode == "custom" and
		(.policy.pcrs | keys) == ["11", "4"] and .parent.handle == "81000001"' &&
		trust show --file a.szt && has '.from == "a.szt"' && loads
}
check show_moves_nothing "TPM-29" shown_without_moving

again()
{
	boot a && enroll --nv && boot a && loads && has '.generation == 2'
}
check enrolling_again_raises_the_generation "TPM-138" again

from_file()
{
	boot a && loads --file a.szt && has '.from == "a.szt" and .generation == 1'
}
check loads_from_a_file "TPM-45" from_file

from_pool()
{
	mkdir certs && openssl x509 -in server.pem -outform DER -out certs/s.der &&
		boot a && loads --certificates certs && has '."server-anchors" | length == 1'
}
check digest_anchor_comes_from_the_pool "TPM-52" from_pool

# --- refusals ---

boot a "another kernel"
check other_kernel_is_refused "TRUST-3 TRUST-4" refuses 1 "STORE_PCR: envelope in TPM NV: PCR 4" check --authority authority
boot a
measure 11 sztp:enter
check early_phase_twice_is_refused "TPM-29" refuses 1 STORE_PCR check --authority authority
power_on a
check unmeasured_boot_is_refused "TPM-20" refuses 4 STORE_UNMEASURED check --authority authority
boot b
check other_tpm_is_refused "TPM-13 TRUST-4" refuses 1 STORE_FOREIGN check --authority authority --file a.szt
check empty_tpm_has_no_store "TPM-50" refuses 1 STORE_NONE check --authority authority
mkdir strangers
openssl pkey -in stranger.pem -pubout -outform DER -out strangers/1.der
boot a
check other_authority_is_refused "TPM-2 TPM-3 TRUST-2" refuses 1 STORE_SIGNATURE check --authority strangers

damaged()
{
	cp a.szt damaged.szt && printf X | dd of=damaged.szt bs=1 seek=700 conv=notrunc 2> /dev/null
}
damaged
boot a
check damaged_file_is_refused "TPM-40" refuses 1 STORE_SIGNATURE check --authority authority --file damaged.szt
printf '' > empty.szt
boot a
check empty_file_is_refused "TPM-39" refuses 1 STORE_CORRUPT check --authority authority --file empty.szt

no_secret()
{
	! grep -qa hunter2 a.szt out.txt err.txt && ! grep -rqa hunter2 a
}
check secret_is_nowhere_in_clear "KEY-3 KEY-4" no_secret

# --- other signers ---

# signed_by KEY AUTHORITY-OPTIONS...: enrol with it, load with its public key in the image
signed_by()
{
	local key=$1

	shift
	rm -rf one && mkdir one && openssl pkey -in "$key" -pubout -outform DER -out one/k.der &&
		boot a && trust enroll --in store.json --pcr 4=now --nv "$@" &&
		boot a && authority=one loads || { cat err.txt; return 1; }
}
check p384_key_signs "TPM-3" signed_by p384.pem --authority-key p384.pem
check rsa_key_signs "TPM-3" signed_by rsa.pem --authority-key rsa.pem

cat > hsm <<'END'
#!/bin/sh
# usage: hsm KEY: hex digest in, signature out, as TPM-4 says
xxd -r -p > digest.bin
if [ "$1" = p384.pem ]; then hash=sha384; else hash=sha256; fi
openssl pkeyutl -sign -inkey "$1" -in digest.bin -pkeyopt digest:$hash
END
chmod +x hsm
for key in authority p384 rsa; do
	openssl pkey -in $key.pem -pubout -out $key.pub
	check "program_signs_with_$key" "TPM-4" signed_by $key.pem --sign-cmd "./hsm $key.pem" --authority $key.pub
done
boot a
check program_that_fails_is_refused "TPM-4" refuses 4 TPM-4 enroll --in store.json --pcr 4=now --nv \
	--sign-cmd false --authority authority.pub
check program_with_another_key_is_refused "TPM-40" refuses 1 STORE_SIGNATURE enroll --in store.json \
	--pcr 4=now --nv --sign-cmd "./hsm stranger.pem" --authority authority.pub

# --- what enrolment refuses ---

boot a
check selection_without_firmware_is_refused "TPM-18" refuses 1 TPM-18 enroll --in store.json \
	--authority-key authority.pem --pcr 9=now --nv
for member in '"serial": ""' '"colour": "red"' '"flags": ["shell"]' '"voucher-anchors": ["none.der"]' \
	'"serial": "a", "serial": "b"' '"well-known": [{"host": "h", "anchors": [0]}]'; do
	echo "{\"hardware-model\": \"m\", $member}" > bad.json
	trust enroll --in bad.json --authority-key authority.pem --pcr 4=now --out never.szt
	[[ $? == [13] && ! -e never.szt ]] && grep -q '^sztpboot: ' err.txt || fail "accepts_$member"
done
pass bad_stores_are_refused "TPM-54 TPM-143"

too_large()
{
	local i list=

	for i in 1 2 3 4 5 6 7 8; do
		certificate "big$i" -addext "nsComment=$(head -c 500 /dev/zero | tr '\0' x)"
		list+=",\"big$i.pem\""
	done
	echo "{\"serial\": \"a\", \"voucher-anchors\": [${list#,}]}" > big.json
	boot a && enroll --nv && refuses 1 TPM-10 enroll --in big.json --authority-key authority.pem \
		--pcr 4=now --nv && enroll --in big.json --out big.szt &&
		boot a && loads # the old one is still there
}
check nv_budget_is_kept "TPM-10" too_large

usage_errors()
{
	local line

	while read -r line; do
		# shellcheck disable=SC2086 # words are wanted
		"$sztpboot" trust $line > out.txt 2> err.txt
		[[ $? == 3 && ! -s out.txt ]] || { echo "not a usage error: $line"; return 1; }
	done <<'END'

nothing
enroll
enroll --in store.json --authority-key authority.pem --nv
enroll --in store.json --authority-key authority.pem --pcr 4=now
enroll --in store.json --authority-key authority.pem --pcr 4=now --uki x --nv
enroll --in store.json --authority-key authority.pem --pcr 4=12 --nv
enroll --in store.json --authority-key authority.pem --pcr 24=now --nv
enroll --in store.json --authority-key authority.pem --kernel x --append y --nv
enroll --in store.json --authority-key authority.pem --sign-cmd x --pcr 4=now --nv
clear
identity-csr --serial x
identity-install
show --sideways
END
}
check usage_errors_are_told "" usage_errors
check missing_tpm_is_told "TPM-88" bash -c \
	'"$1" trust show --tcti swtpm:path=/nonexistent 2>&1 | grep STORE_NO_TPM' check "$sztpboot"

# --- identity ---

issue()	# CSR NAME SERIAL: a device certificate from the intermediate
{
	openssl x509 -req -in "$1" -CA devices.pem -CAkey devices.key -CAcreateserial -days 3650 \
		-subj "/O=Test/serialNumber=$3" -out "$2.pem" -extfile <(echo keyUsage=digitalSignature) 2> /dev/null
}

csr()
{
	trust identity-csr --serial JADA123456789 --out device.csr &&
		openssl req -in device.csr -verify -noout -subject > subject.txt 2>&1 &&
		grep -q 'serialNumber = JADA123456789' subject.txt &&
		trust identity-csr --serial JADA123456789 --out again.csr &&
		[[ $(openssl req -in device.csr -noout -pubkey) == $(openssl req -in again.csr -noout -pubkey) ]]
}
boot a
check request_is_signed_by_the_key_in_the_tpm "TPM-111 KEY-1" csr
certificate devices-root
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout devices.key -out devices.csr \
	-subj "/O=Test/CN=devices" 2> /dev/null
openssl x509 -req -in devices.csr -CA devices-root.pem -CAkey devices-root.key -CAcreateserial \
	-days 3650 -out devices.pem -extfile <(echo basicConstraints=critical,CA:TRUE) 2> /dev/null
issue device.csr device JADA123456789
check certificate_for_another_key_is_refused "TPM-93" refuses 1 TPM-93 identity-install --certificate maker.pem

identity()
{
	cat devices.pem devices-root.pem > chain.pem
	trust identity-install --certificate device.pem --chain chain.pem || { cat err.txt; return 1; }
	boot a && enroll --nv && boot a && loads &&
		has '.identity.key == "81005a01" and .identity.serial == "JADA123456789" and
		     (.identity.chain | length) == 2'
}
check identity_is_found_with_its_chain "TPM-92 TPM-93 TPM-94 TPM-56" identity

other_serial()
{
	sed 's/JADA123456789/JADA999/' store.json > other.json
	boot a && trust enroll --in other.json --authority-key authority.pem --pcr 4=now --nv &&
		boot a && refuses 1 STORE_SERIAL check --authority authority
}
check certificate_with_another_serial_is_refused "TPM-56" other_serial

cleared()
{
	local left

	trust clear --yes && cat out.txt && boot a &&
		refuses 1 STORE_NONE check --authority authority &&
		left=$(tpm2_getcap handles-nv-index | grep -ci 0x1805a) ; [[ $left == 0 ]] &&
		! tpm2_getcap handles-persistent | grep -i 0x81005a01
}
check clear_removes_what_is_ours "" cleared
