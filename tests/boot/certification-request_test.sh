#!/bin/bash
# SPDX-License-Identifier: MIT
# timeout: 240
#
# The owner's server asks for a certification request on the way: the installed system has it, and
# the private key that it is about.
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/tests/boot/story.sh"

append="$append sztpboot.startup.csr=yes"
cat > "$work/pre-script" <<'END'
#!/bin/sh
grep -c '^-----BEGIN' "$SZTP_TARGET/var/lib/sztpboot/ldevid.csr" "$SZTP_TARGET/var/lib/sztpboot/ldevid-key.pem"
END
story_prepare
or_end "sign the conveyed information" rehearsal_conveyed "$image" target 1 --pre-script "$work/pre-script"
or_end "sign the redirect" rehearsal_redirect
story_site
or_end "ask for requests" artifacts site --out "$work/site" --serial "$serial" --ask-csr p384 \
	--conveyed-information "$work/conveyed.cms" --voucher "$work/voucher.vcj" --reporting-level verbose \
	--owner-certificate "$work/pki/owner/owner-certificate.cms" --redirect-information "$work/redirect.cms"
story_run --tpm "$work/tpm"
check target_is_running "DONE-2" console 'target: running'

inputs() { jq -r 'select(.request | contains("get-bootstrapping-data")) | .body' "$work/site/log/requests.jsonl"; }
asked_when_trusted()
{
	[[ $(inputs | jq -c '."ietf-sztp-bootstrap-server:input" | keys_unsorted | map(select(test("csr|signed")))' | xargs) == \
		"[signed-data-preferred] [ietf-sztp-csr:csr-support] [ietf-sztp-csr:p10-csr]" ]]
}
check nothing_of_it_while_the_server_was_a_stranger "CSR-1 CSR-5" asked_when_trusted
request_is_good()
{
	inputs | tail -n 1 | jq -r '."ietf-sztp-bootstrap-server:input"."ietf-sztp-csr:p10-csr"' | base64 -d > "$work/p10" &&
		openssl req -inform DER -in "$work/p10" -noout -verify -text | grep 'NIST CURVE: P-384' &&
		[[ $(openssl req -inform DER -in "$work/p10" -noout -subject -nameopt RFC2253) == \
			$(openssl x509 -in "$work/idevid/idevid.pem" -noout -subject -nameopt RFC2253) ]]
}
check the_request_names_the_device "CSR-6 CSR-8 CSR-13" request_is_good
handed_over()
{
	installed_file /var/lib/sztpboot/ldevid.csr | openssl req -outform DER | cmp - "$work/p10" &&
		installed_file /var/lib/sztpboot/ldevid-key.pem > "$work/key" &&
		[[ $(openssl pkey -in "$work/key" -pubout) == $(openssl req -inform DER -in "$work/p10" -noout -pubkey) ]]
}
check the_installed_system_has_key_and_request "CSR-10" handed_over
private()
{
	local first secret

	first=$(sgdisk -i 2 "$work/disk.img" | sed -n 's/^First sector: \([0-9]*\).*/\1/p')
	debugfs -R "stat /var/lib/sztpboot/ldevid-key.pem" "$work/disk.img?offset=$((first * 512))" 2> /dev/null |
		grep -E 'Mode: +0600' || return
	secret=$(sed -n 3p "$work/key")
	[[ -n $secret ]] && ! grep -qF -- "$secret" "$work/console.log" "$work/site/log/"* &&
		! installed_file /var/lib/sztpboot/log | grep -F -- "$secret"
}
check nobody_else_has_the_key "CSR-11 KEY-4" private
message() { jq -r .body "$work/site/log/reports.jsonl" | grep -F '"pre-script-complete"' | grep -F -- "$1"; }
check scripts_find_them "" message 'ldevid.csr:1'
