#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What scripts/artifacts makes, judged by openssl alone: each acceptance has its refusals
# beside it.  nginx serves the folder in the laboratory's network namespace.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$top/tests/check.sh"

work=$(mktemp -d "${TMPDIR:-/tmp}/artifacts-test.XXXXXX")
at_exit rm -rf "$work"
chmod 711 "$work"	# nginx started as root reads it as somebody else
cd "$work" || exit 1

make()
{
	"$top/scripts/artifacts" "$@"
}

# refuses STATUS WORDS ARGUMENT...: exit status and one line that contains WORDS.
refuses()
{
	local status=$1 words=$2

	shift 2
	make "$@" > out.txt 2> err.txt
	[[ $? == "$status" && ! -s out.txt && $(wc -l < err.txt) == 1 ]] && grep -qF -- "$words" err.txt
}

# not COMMAND...
not()
{
	! "$@"
}

der()
{
	openssl asn1parse -inform DER -in "$1"
}

# content FILE: the signed document, signature not checked.
content()
{
	openssl cms -verify -binary -noverify -nosigs -inform DER -in "$1" 2>/dev/null
}

echo "an image" > image.bin
printf '#!/bin/sh\nexit 0\n' > script.sh
printf 'hostname=edge1\n' > configuration

## authorities, in every algorithm

for alg in p256 p384 rsa2048 rsa3072; do
	check "ca_$alg" "" make ca --out "ca-$alg" --name "Root $alg" --alg "$alg"
	check "ca_${alg}_is_its_own_root" "" openssl verify -x509_strict -CAfile "ca-$alg/ca.pem" "ca-$alg/ca.pem"
done
key_is_private()
{
	[[ $(stat -c %a "$1") == 600 ]]
}
check key_is_for_its_owner_only "" key_is_private ca-p256/ca.key
check key_is_never_overwritten "" refuses 1 "never overwritten" ca --out ca-p256 --name again
check der_is_the_same_certificate "" openssl verify -CAfile ca-p256/ca.pem ca-p256/ca.der
check name_with_special_characters "" make ca --out odd --name 'a/b+c=d,"e"\f ü'
odd_name_is_whole()
{
	[[ $(openssl x509 -in odd/ca.pem -noout -subject -nameopt utf8,sep_multiline) == *'CN=a/b+c=d,"e"\f ü' ]]
}
check name_with_special_characters_is_whole "" odd_name_is_whole
check other_openssl_configuration_does_not_matter "" env OPENSSL_CONF=/nonexistent \
	"$top/scripts/artifacts" ca --out elsewhere --name x
check unknown_algorithm "" refuses 3 "p256, p384" ca --out x --name x --alg rsa1024
check missing_name "" refuses 3 "--name is missing" ca --out x
check option_without_value "" refuses 3 "wants a value" ca --out
check unknown_option "" refuses 3 "unknown option" ca --colour red
check unknown_command "" refuses 3 "no command 'cake'" cake
for command in ca signer idevid server owner-certificate voucher conveyed-information site stick dhcp-option; do
	check "help_$command" "" make "$command" --help
done

make ca --out vroot --name "Maker root"
check intermediate "" make ca --out vint --name "Maker issuing" --parent vroot --alg p384
check signer "" make signer --ca vint --out vsign
check signer_rsa "" make signer --ca vroot --out vsign-rsa --alg rsa2048
check signer_chain "" openssl verify -x509_strict -CAfile vroot/ca.pem -untrusted vsign/chain.pem vsign/signer.pem
check signer_chain_needs_its_intermediate "" not openssl verify -CAfile vroot/ca.pem vsign/signer.pem
check parent_must_exist "" refuses 3 "cannot read" ca --out x --name x --parent nowhere

## device certificates

make ca --out devca --name "Device issuing"
check idevid "OV-11" make idevid --ca devca --serial JADA123456789 --out dev
check idevid_chain "" openssl verify -x509_strict -CAfile devca/ca.pem dev/idevid.pem
says()
{
	openssl x509 -in "$1" -noout -text -nameopt RFC2253 | grep -qF -- "$2"
}
check idevid_subject "OV-11" says dev/idevid.pem "Subject: serialNumber=JADA123456789"
check idevid_never_ends "" says dev/idevid.pem "Not After : Dec 31 23:59:59 9999 GMT"
check idevid_names_its_issuer "OV-12" says dev/idevid.pem "X509v3 Authority Key Identifier"
check idevid_may_sign "" says dev/idevid.pem "Digital Signature"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tpm.key 2>/dev/null
openssl req -new -key tpm.key -subj /serialNumber=LIES -out tpm.csr
openssl req -in tpm.csr -outform DER -out tpm.csr.der
check idevid_from_request "OV-11" make idevid --ca devca --serial JADA1 --csr tpm.csr --out dev1
check idevid_from_request_der "" make idevid --ca devca --serial JADA2 --csr tpm.csr.der --out dev2
check idevid_serial_is_ours_not_the_requests "OV-11" says dev1/idevid.pem "Subject: serialNumber=JADA1"
same_key()
{
	[[ $(openssl x509 -in dev1/idevid.pem -noout -pubkey) == $(openssl pkey -in tpm.key -pubout) && ! -e dev1/idevid.key ]]
}
check idevid_from_request_keeps_the_key "" same_key
sed '3s/./A/10' tpm.csr > broken.csr
check idevid_from_broken_request "" refuses 1 "not a certificate request" idevid --ca devca --serial X --csr broken.csr --out x1
check idevid_serial_with_control_character "" refuses 3 "--serial wants" idevid --ca devca --serial $'a\tb' --out x2

## server certificates

make ca --out sroot --name "Server root"
check server "TLS-7" make server --ca sroot --name ip:127.0.0.1 --name dns:boot.example.net --out srv
check server_address "TLS-7" openssl verify -x509_strict -CAfile sroot/ca.pem -purpose sslserver -verify_ip 127.0.0.1 srv/server.pem
check server_name "TLS-7" openssl verify -CAfile sroot/ca.pem -purpose sslserver -verify_hostname boot.example.net srv/server.pem
check server_not_another_address "TLS-7" not openssl verify -CAfile sroot/ca.pem -verify_ip 127.0.0.2 srv/server.pem
check server_is_no_client "" not openssl verify -CAfile sroot/ca.pem -purpose sslclient srv/server.pem
check server_name_without_kind "" refuses 3 "dns:HOST" server --ca sroot --name boot.example.net --out x3

## owner certificate

make ca --out pdc --name "Owner root" --alg rsa2048
make ca --out oint --name "Owner issuing" --parent pdc
check owner_certificate "OC-1" make owner-certificate --ca pdc --intermediate oint --out owner
openssl pkcs7 -inform DER -in owner/owner-certificate.cms -print_certs -out oc.pem
check owner_path_to_pinned "OC-2 VAL-8" openssl verify -partial_chain -trusted pdc/ca.pem -untrusted oc.pem -purpose any owner/owner.pem
check owner_path_needs_the_right_pin "VAL-8" not openssl verify -partial_chain -trusted vroot/ca.pem -untrusted oc.pem owner/owner.pem
check owner_may_sign "OC-4" says owner/owner.pem "Digital Signature"
degenerate()
{
	der "$1" > parse.txt
	[[ $(sed -n '5s/.*prim: //p' parse.txt) == 'INTEGER           :01' ]] &&
		[[ $(sed -n 6p parse.txt) == *'l=   0 cons: SET'* && $(sed -n 8p parse.txt) == *:pkcs7-data ]] &&
		[[ $(sed -n 9p parse.txt) == *'cons: cont [ 0 ]'* && $(tail -n 1 parse.txt) == *'l=   0 cons: SET'* ]]
}
check owner_certificate_is_degenerate "CMS-14" degenerate owner/owner-certificate.cms
check owner_certificate_of_one "OC-1" make owner-certificate --ca pdc --out owner-direct --alg p384
check owner_intermediate_of_another "" refuses 1 "was not issued by" owner-certificate --ca vroot --intermediate oint --out x4
openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -subj /CN=self -out self.pem 2>/dev/null
check owner_certificate_that_exists "OC-7" make owner-certificate --certificate self.pem --out self

## vouchers

voucher()
{
	make voucher --serial JADA123456789 --pinned pdc/ca.pem --out "$@"
}
check voucher "OV-1" voucher v.vcj --signer vsign --idevid dev/idevid.pem --expires-on 2034-01-01T00:00:00Z
check voucher_to_its_anchor "OV-4 VAL-3" openssl cms -verify -binary -inform DER -in v.vcj -CAfile vroot/ca.pem -purpose any -out v.json
check voucher_not_to_another "OV-4 VAL-3" not openssl cms -verify -binary -inform DER -in v.vcj -CAfile pdc/ca.pem -purpose any -out /dev/null
leaf()
{
	[[ $(jq -r ".[\"ietf-voucher:voucher\"][\"$2\"]" "$1") == "$3" ]]
}
check voucher_serial "OV-10" leaf v.json serial-number JADA123456789
check voucher_expires "OV-7" leaf v.json expires-on 2034-01-01T00:00:00Z
check voucher_assertion "OV-9" leaf v.json assertion verified
check voucher_pin "OV-14" leaf v.json pinned-domain-cert "$(openssl base64 -A -in pdc/ca.der)"
aki=$(openssl x509 -in dev/idevid.pem -noout -ext authorityKeyIdentifier | tail -n 1 | tr -d ' :')
check voucher_issuer "OV-12 OV-13" leaf v.json idevid-issuer "$(printf "$(sed 's/../\\x&/g' <<< "30168014$aki")" | openssl base64 -A)"
check voucher_leaves_out_what_was_not_said "OV-17" leaf v.json domain-cert-revocation-checks null
typed()
{
	der "$1" | grep -q "OBJECT *:$2"
}
check voucher_type "OV-1" typed v.vcj id-smime-ct.*\\.40\\\|1.2.840.113549.1.9.16.1.40
check voucher_id_data "OV-2" voucher vd.vcj --signer vsign-rsa --content-type id-data --revocation-checks true --assertion logged
check voucher_id_data_type "OV-2" not typed vd.vcj 1.2.840.113549.1.9.16.1.40
check voucher_rsa_to_its_anchor "OV-4" openssl cms -verify -binary -inform DER -in vd.vcj -CAfile vroot/ca.pem -purpose any -out vd.json
check voucher_revocation "OV-15" leaf vd.json domain-cert-revocation-checks true
check voucher_nonce "OV-19" voucher vn.vcj --signer vsign --nonce AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
check voucher_nonce_or_expiry "OV-8" refuses 3 "exclude each other" voucher --signer vsign --serial X --pinned pdc/ca.pem --out x.vcj --nonce AAECAwQFBgcICQ== --expires-on 2034-01-01T00:00:00Z
check voucher_short_nonce "OV-19" refuses 3 "8 to 32" voucher --signer vsign --serial X --pinned pdc/ca.pem --out x.vcj --nonce AAEC
check voucher_odd_time "OV-22" refuses 3 "UTC time" voucher --signer vsign --serial X --pinned pdc/ca.pem --out x.vcj --expires-on tomorrow
check voucher_odd_pin "OV-14" refuses 1 "not a certificate" voucher --signer vsign --serial X --pinned script.sh --out x.vcj
check voucher_serial_with_newline "OV-10" refuses 3 "control character" voucher --signer vsign --serial $'a\nb' --pinned pdc/ca.pem --out x.vcj
check voucher_idevid_without_issuer "OV-13" refuses 1 "no authorityKeyIdentifier" voucher --signer vsign --serial X --pinned pdc/ca.pem --idevid ca-p256/ca.pem --out x.vcj
voucher_left_nothing()
{
	[[ ! -e x.vcj ]]
}
check voucher_refused_leaves_no_file "" voucher_left_nothing
flip()
{
	# One bit of the serial number inside the signed document.
	local at

	at=$(grep -abo JADA123456789 "$1" | head -n 1 | cut -d: -f1)
	cp "$1" "$2"
	printf K | dd of="$2" bs=1 seek="$at" conv=notrunc status=none
}
flip v.vcj flipped.vcj
check voucher_with_one_bit_changed "VAL-3" not openssl cms -verify -binary -inform DER -in flipped.vcj -CAfile vroot/ca.pem -purpose any -out /dev/null

## conveyed information

onboarding=(conveyed-information onboarding --image image.bin --image-uri https://192.0.2.10/image.bin
	--image-uri http://192.0.2.10/image.bin --os-name 'Ex"ample' --os-version 1.2.3 --pre-script script.sh
	--configuration configuration --configuration-handling replace --post-script script.sh)
check conveyed "CI-3" make "${onboarding[@]}" --owner owner --out ci.cms
signed_by()
{
	openssl cms -verify -binary -inform DER -in "$1" -certfile "$2" -nointern -noverify -out document.json
}
check conveyed_signed_by_the_owner "VAL-12" signed_by ci.cms owner/owner.pem
check conveyed_not_signed_by_another "VAL-12" not signed_by ci.cms owner-direct/owner.pem
check conveyed_type "CI-3" typed ci.cms 1.2.840.113549.1.9.16.1.43
check conveyed_has_signed_attributes "CMS-6" typed ci.cms messageDigest
check conveyed_carries_no_certificate "CI-9" not grep -q "cont \[ 0 \].*CERT" <(der ci.cms)
signed_by ci.cms owner/owner.pem 2>/dev/null
document()
{
	[[ $(jq -r ".[\"ietf-sztp-conveyed-info:$1\"]$2" document.json) == "$3" ]]
}
digest=$(openssl dgst -sha256 -c image.bin | sed 's/.*= //')
check onboarding_digest "IMG-9 YANG-5" document onboarding-information '["boot-image"]["image-verification"][0]["hash-value"]' "$digest"
check onboarding_first_uri "IMG-7" document onboarding-information '["boot-image"]["download-uri"][0]' https://192.0.2.10/image.bin
check onboarding_name "YANG-1" document onboarding-information '["boot-image"]["os-name"]' 'Ex"ample'
check onboarding_handling "YANG-6" document onboarding-information '["configuration-handling"]' replace
check onboarding_configuration "ENCODE-4" document onboarding-information '["configuration"]|@base64d' "$(printf 'hostname=edge1\n;' | tr ';' '\n')"
check onboarding_script "ENCODE-4" document onboarding-information '["pre-configuration-script"]' "$(openssl base64 -A -in script.sh)"
check onboarding_configuration_needs_handling "YANG-6" refuses 3 "go together" conveyed-information onboarding --configuration configuration --json-only
check onboarding_image_needs_digest "YANG-7 IMG-9" refuses 3 "unverified" conveyed-information onboarding --image-uri http://x/ --json-only
check onboarding_empty "ONB-5" make conveyed-information onboarding --json-only
check conveyed_wants_a_signature_or_a_word "" refuses 3 "--unsigned" "${onboarding[@]}" --out x.cms
check conveyed_unsigned "CI-1" make "${onboarding[@]}" --unsigned --out plain.cms
plain()
{
	[[ $(der "$1" | sed -n '2s/.*://p') == "$2" && $(der "$1" | wc -l) == 4 ]]
}
check conveyed_unsigned_is_bare "CI-1" plain plain.cms 1.2.840.113549.1.9.16.1.43
check conveyed_unsigned_id_data "CI-6" make "${onboarding[@]}" --unsigned --id-data --out data.cms
check conveyed_unsigned_id_data_is_bare "CI-6" plain data.cms pkcs7-data
check conveyed_id_data_with_certificate "CI-6 CI-9" make "${onboarding[@]}" --owner owner --id-data --certs --out cisco.cms
check conveyed_id_data_signature "CI-6" signed_by cisco.cms owner/owner.pem

check redirect "CI-3" make conveyed-information redirect --server boot.example.net=sroot/ca.pem --server '[2001:db8::5]:8443' \
	--server 192.0.2.1:443 --owner owner --out redirect.cms
signed_by redirect.cms owner/owner.pem 2>/dev/null
servers='["bootstrap-server"]'
check redirect_name "REDIR-13" document redirect-information "$servers"'[0].address' boot.example.net
check redirect_default_port_stays_unsaid "REDIR-13" document redirect-information "$servers"'[0].port' null
check redirect_ipv6 "REDIR-13" document redirect-information "$servers"'[1].address' 2001:db8::5
check redirect_port "REDIR-13" document redirect-information "$servers"'[1].port' 8443
jq -r '.["ietf-sztp-conveyed-info:redirect-information"]["bootstrap-server"][0]["trust-anchor"]' document.json |
	openssl base64 -d -A > anchor.cms
check redirect_anchor_is_degenerate "REDIR-8" degenerate anchor.cms
check redirect_anchor_without_root "REDIR-8 REDIR-10" refuses 1 "self-signed root" conveyed-information redirect --server h=vint/ca.pem --json-only
cat vint/ca.pem vroot/ca.pem > vchain.pem
check redirect_anchor_chain "REDIR-8" make conveyed-information redirect --server h=vchain.pem --json-only
check redirect_without_server "YANG-2" refuses 3 "--server is missing" conveyed-information redirect --json-only
check redirect_with_odd_server "REDIR-13" refuses 3 "HOST[:PORT]" conveyed-information redirect --server 'https://x' --json-only
check redirect_with_odd_port "YANG-11" refuses 3 "1 to 65535" conveyed-information redirect --server x:0 --json-only

## DHCP option

says_option()
{
	[[ $(make dhcp-option "${@:2}") == "$1" ]]
}
check dhcp_option "DHCP-1" says_option \
	00:17:68:74:74:70:73:3a:2f:2f:31:39:32:2e:30:2e:32:2e:31:30:3a:38:34:34:33:00:18:68:74:74:70:73:3a:2f:2f:62:6f:6f:74:2e:65:78:61:6d:70:6c:65:2e:6e:65:74 \
	https://192.0.2.10:8443 https://boot.example.net
check dhcp_option_other_scheme "" refuses 3 "https://HOST" dhcp-option http://192.0.2.10
check dhcp_option_with_path "" refuses 3 "https://HOST" dhcp-option https://192.0.2.10/x

## sticks

stick=(stick --out stick)
check stick "USB-5 USB-6" make "${stick[@]}" --serial JADA123456789 --conveyed-information ci.cms \
	--owner-certificate owner/owner-certificate.cms --voucher v.vcj --image image.bin
check stick_second_device "USB-5" make "${stick[@]}" --serial 'X 2' --conveyed-information plain.cms
check stick_any_device "USB-6" make "${stick[@]}" --conveyed-information plain.cms
cat > stick.txt <<-END
	stick/EN9/JADA123456789/bootstrapping-data/conveyed-information.cms
	stick/EN9/JADA123456789/bootstrapping-data/owner-certificate.cms
	stick/EN9/JADA123456789/bootstrapping-data/ownership-voucher.vcj
	stick/EN9/X 2/bootstrapping-data/conveyed-information.cms
	stick/EN9/conveyed-information.cms
	stick/images/image.bin
END
stick_layout()
{
	find stick -type f | LC_ALL=C sort | diff stick.txt - &&
		cmp stick/EN9/JADA123456789/bootstrapping-data/conveyed-information.cms ci.cms &&
		cmp stick/EN9/JADA123456789/bootstrapping-data/owner-certificate.cms owner/owner-certificate.cms &&
		cmp stick/EN9/JADA123456789/bootstrapping-data/ownership-voucher.vcj v.vcj &&
		cmp stick/images/image.bin image.bin
}
check stick_layout "USB-3 USB-6 USB-7" stick_layout
check stick_unsigned_again "USB-8" make "${stick[@]}" --serial JADA123456789 --conveyed-information plain.cms
check stick_has_no_half_sets "USB-8" test ! -e stick/EN9/JADA123456789/bootstrapping-data/ownership-voucher.vcj \
	-a ! -e stick/EN9/JADA123456789/bootstrapping-data/owner-certificate.cms
check stick_disk "USB-4" make "${stick[@]}" --disk stick.img
check stick_disk_bare "USB-4" make "${stick[@]}" --disk bare.img --bare --size 50
on_disk() # IMAGE: the files of a disk image are those of the folder
{
	rm -rf copy
	mkdir copy
	MTOOLS_SKIP_CHECK=1 mcopy -s -i "$1" '::/*' copy && diff -r stick copy
}
check stick_disk_holds_the_folder "USB-4" on_disk stick.img@@1M
check stick_disk_bare_holds_the_folder "USB-4" on_disk bare.img
check stick_disk_has_the_size "" test "$(stat -c %s bare.img)" = $((50 * 1048576))
fat()
{
	[[ $(sgdisk -p stick.img 2>&1 | awk '$1 == 1 { print $2, $3 }') == "2048 $(($(stat -c %s stick.img) / 512 - 1))" ]]
}
check stick_disk_is_one_partition "" fat
check stick_bad_serial "USB-9" refuses 1 "no folder on a stick" "${stick[@]}" --serial ../X --conveyed-information ci.cms
check stick_hidden_serial "USB-9" refuses 1 "no folder on a stick" "${stick[@]}" --serial .X --conveyed-information ci.cms
check stick_half_a_set "USB-8" refuses 3 "go together" "${stick[@]}" --serial X --conveyed-information ci.cms --voucher v.vcj
check stick_needs_data "" refuses 3 "--conveyed-information is missing" "${stick[@]}" --serial X
check stick_size_needs_a_disk "" refuses 3 "want --disk" "${stick[@]}" --conveyed-information ci.cms --size 50
head -c 45M /dev/zero > big.bin
check stick_too_large "" refuses 1 "mcopy -s failed" "${stick[@]}" --image big.bin --disk small.img --size 40
check stick_too_large_leaves_nothing "" not ls small.img small.img.new
rm stick/images/big.bin

## site

site=(site --out site --conveyed-information ci.cms --owner-certificate owner/owner-certificate.cms --voucher v.vcj)
check site "" make "${site[@]}" --serial JADA123456789 --server srv --image image.bin --device-ca devca/ca.pem --reporting-level verbose
check site_needs_voucher_beside_owner "ROUT-3" refuses 3 "go together" site --out site2 --serial X --conveyed-information ci.cms --voucher v.vcj --server srv
check site_key_is_private "" key_is_private site/tls/server.key

make conveyed-information redirect --server 127.0.0.1:8443=sroot/ca.pem --owner owner --out introduction.cms
cat > served.sh <<'END'
# Runs in a network namespace: start nginx on the folder, ask it, print one line per answer.
operations=https://127.0.0.1:8443/restconf/operations/ietf-sztp-bootstrap-server
post()
{
	curl -s --cacert sroot/ca.pem -m 5 -o "$1" -w '%{http_code} %{content_type}' \
		-H 'Content-Type: application/yang-data+json' "${@:2}"
}
# In a user's namespace there is nobody to hand the workers to.
options=(-e log/error.log)
[[ $(cat /proc/self/uid_map) == *4294967295 ]] || options+=(-g 'user root root; master_process off;')
serve()
{
	nginx -p "$PWD/site" -c nginx.conf "${options[@]}" 2>> nginx.err &
	server=$!
	for i in {1..50}; do
		curl -s -o /dev/null http://127.0.0.1:8080/ && break
		sleep 0.1
	done
}
stop()
{
	kill $server
	wait $server
}
serve
ask='{"ietf-sztp-bootstrap-server:input":{"signed-data-preferred":[null]}}'
report='{"ietf-sztp-bootstrap-server:input":{"progress-type":"bootstrap-initiated"}}'
echo "one-anonymous $(post answer.json -d "$ask" $operations:get-bootstrapping-data)"
echo "one-report $(post report.out -d "$report" $operations:report-progress) $(wc -c < report.out)"
echo "one-get $(post one-get.json -D one-get.header $operations:get-bootstrapping-data)"
echo "one-elsewhere $(post one-elsewhere.json -d "$ask" ${operations%-*}-other:nothing)"
head -c 1100000 /dev/zero > large
echo "one-large $(post one-large.json -H Expect: --data-binary @large $operations:report-progress)"
echo "one-foreign-device $(post /dev/null --cert srv/server.pem --key srv/server.key -d "$ask" $operations:get-bootstrapping-data)"
echo "one-device $(post /dev/null --cert dev/idevid.pem --key dev/idevid.key -d "$ask" $operations:get-bootstrapping-data)"
curl -s -m 5 --cacert sroot/ca.pem https://127.0.0.1:8443/images/image.bin > image.https
curl -s -m 5 http://127.0.0.1:8080/images/image.bin > image.http
curl -s -m 5 --path-as-is http://127.0.0.1:8080/images/../../tls/server.key > leak
stop
"$1/scripts/artifacts" site --out site --serial 'A.B,C' --conveyed-information plain.cms
serve
for d in dev odd-device near; do
	echo "two-$d $(post "$d.json" --cert $d/idevid.pem --key $d/idevid.key -d "$ask" $operations:get-bootstrapping-data)"
done
echo "two-anonymous $(post two.json -d "$ask" $operations:get-bootstrapping-data)"
stop
"$1/scripts/artifacts" site --out site --serial X --conveyed-information plain.cms --require-device-certificate
serve
echo "strict-anonymous $(post strict.json -d "$ask" $operations:report-progress)"
stop
"$1/scripts/artifacts" site --out site --serial JADA123456789 --conveyed-information ci.cms \
	--owner-certificate owner/owner-certificate.cms --voucher v.vcj --redirect-information introduction.cms
serve
dev=(--cert dev/idevid.pem --key dev/idevid.key)
post stranger.json "${dev[@]}" -d "$ask" $operations:get-bootstrapping-data
post known.json "${dev[@]}" -d '{"ietf-sztp-bootstrap-server:input":{}}' $operations:get-bootstrapping-data
post other.json --cert odd-device/idevid.pem --key odd-device/idevid.key -d "$ask" $operations:get-bootstrapping-data
stop
END
make idevid --ca devca --serial 'A.B,C' --out odd-device
make idevid --ca devca --serial 'AxB,C' --out near
timeout 60 "$top/scripts/lab" run --no-dhcp -- bash served.sh "$top" > served.txt 2> served.err ||
	sed 's/^/# /' served.err nginx.err 2>/dev/null
answered()
{
	grep -qxF -- "$1" served.txt
}
json=application/yang-data+json
check site_answers "HTTP-11" answered "one-anonymous 200 $json"
check site_takes_reports "HTTP-11" answered "one-report 204  0"
check site_refuses_get "HTTP-4" answered "one-get 405 $json"
check site_says_what_is_allowed "" grep -qi '^allow: POST' one-get.header
check site_has_no_other_operation "HTTP-11" answered "one-elsewhere 404 $json"
check site_takes_no_endless_report "HTTP-11" answered "one-large 413 $json"
check site_refuses_foreign_device "" answered "one-foreign-device 400 text/html"
check site_answers_device "" answered "one-device 200 $json"
output()
{
	jq -r ".[\"ietf-sztp-bootstrap-server:output\"][\"$2\"]" "$1" > leaf.txt
	if [[ $3 == *.* ]]; then
		openssl base64 -d -A -in leaf.txt | cmp -s - "$3"
	else
		[[ $(cat leaf.txt) == "$3" ]]
	fi
}
check site_gives_conveyed_information "ROUT-1" output answer.json conveyed-information ci.cms
check site_gives_owner_certificate "ROUT-1" output answer.json owner-certificate owner/owner-certificate.cms
check site_gives_voucher "ROUT-1" output answer.json ownership-voucher v.vcj
check site_gives_reporting_level "ROUT-5" output answer.json reporting-level verbose
check site_gives_image_https "" cmp image.bin image.https
check site_gives_image_http "" cmp image.bin image.http
check site_keeps_its_key "" not grep -q "PRIVATE KEY" leak
check site_logs_reports "" grep -q bootstrap-initiated site/log/reports.jsonl
logged_json()
{
	[[ $(jq -r '.body | fromjson | .["ietf-sztp-bootstrap-server:input"]["progress-type"]' site/log/reports.jsonl | head -n 1) == bootstrap-initiated ]]
}
check site_log_is_json "" logged_json
check site_first_device_keeps_its_answer "" output dev.json conveyed-information ci.cms
check site_second_device_has_its_own "" output odd-device.json conveyed-information plain.cms
check site_serial_is_not_a_pattern "" answered "two-near 401 $json"
check site_unknown_device_is_told_so "ERR-3" grep -q access-denied near.json
check site_of_two_needs_to_know_who_asks "" answered "two-anonymous 401 $json"
check site_can_demand_certificates "" answered "strict-anonymous 401 $json"
check site_introduces_itself_to_a_stranger "MATRIX-3" output stranger.json conveyed-information introduction.cms
check site_gives_a_voucher_with_its_introduction "VAL-2" output stranger.json ownership-voucher v.vcj
check site_serves_who_knows_it "MATRIX-10" output known.json conveyed-information ci.cms
check site_introduces_itself_only_where_told "" output other.json conveyed-information plain.cms

# Pairs of status and tag as in the table of RFC 8040 section 7.
errors_fit()
{
	local name status tag file

	while read -r name status tag file; do
		answered "$name $status $json" &&
			[[ $(jq -r '.["ietf-restconf:errors"].error[0]["error-tag"]' "$file.json") == "$tag" ]] ||
			{ echo "$name"; return 1; }
	done <<-END
		one-get 405 operation-not-supported one-get
		one-elsewhere 404 invalid-value one-elsewhere
		one-large 413 too-big one-large
		two-anonymous 401 access-denied two
		two-near 401 access-denied near
		strict-anonymous 401 access-denied strict
	END
	# And every other one that is in the configuration.
	sed -n 's/^[[:space:]]*return \([0-9]*\).*"error-tag":"\([^"]*\).*/\1 \2/p' site/nginx.conf | sort > pairs
	[[ $(wc -l < pairs) -ge 4 ]] && ! grep -vxE '40[046] invalid-value|413 too-big|400 missing-attribute|40[13] access-denied|40[51] operation-not-supported|409 (in-use|data-missing)|500 operation-failed' pairs
}
check site_errors_are_those_of_restconf "ERR-6" errors_fit

printf 'A.B,C\tv.vcj\nBULK-1\tv.vcj\nBULK-2\tv.vcj' > devices
check site_takes_a_list "" make site --out site --devices devices --conveyed-information ci.cms \
	--owner-certificate owner/owner-certificate.cms
listed()
{
	[[ $(cut -f2 site/devices.list | sort | xargs) == "A.B,C BULK-1 BULK-2 JADA123456789 X" ]] &&
		grep -qF 'serialNumber=A\\.B\\\\,C($' site/devices.map && cmp site/devices/BULK-{1,2}.json &&
		output site/devices/BULK-2.json ownership-voucher v.vcj
}
check site_list_is_added "" listed
printf 'BULK-3\n' > devices
check site_list_needs_vouchers "ROUT-3" refuses 3 "go together" "${site[@]:0:7}" --devices devices
check site_list_replaces_serial "" refuses 3 "excludes" "${site[@]}" --devices devices
check site_redirect_must_exist "" refuses 3 "cannot read" "${site[@]}" --serial X --redirect-information nothing.cms
