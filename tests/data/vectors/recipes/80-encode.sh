# SPDX-License-Identifier: MIT
#
# ENCODE: how artifacts lie in files.

# by_text FROM TO: what a text conversion leaves of it: octets from 0x80 on become ef bf bd
by_text() { fresh "$2" && iconv -f latin1 -t utf-8 "$1" | sed 's/[^\x00-\x7f]/\xef\xbf\xbd/g' > "$2"; }
for kind in ci oc ov; do
	f=$kind/text-conversion.$(suffix $kind)
	by_text "$out/${path[$kind]}" "$out/$f"
	vector text-conversion-$kind refuse "ENCODE-3 CMS-1" "The ${name[$kind]} went through a text conversion: each octet from 0x80 on became ef bf bd" $kind=$f
	f=$kind/line-ends.$(suffix $kind)
	fresh "$out/$f"
	{ cat "$out/${path[$kind]}"; printf '\r\n'; } > "$out/$f"
	vector line-ends-$kind refuse "CMS-2" "CR LF behind the ${name[$kind]}" $kind=$f level=may also=CMS-1
	f=$kind/base64.$(suffix $kind)
	fresh "$out/$f"
	base64 -w 0 "$out/${path[$kind]}" > "$out/$f"
	vector base64-$kind refuse "ENCODE-2 CMS-1" "The ${name[$kind]} in base64, where DER is demanded" $kind=$f level=should
	f=$kind/hex.$(suffix $kind)
	fresh "$out/$f"
	hex "$out/${path[$kind]}" > "$out/$f"
	vector hex-$kind refuse "ENCODE-2 CMS-1" "The ${name[$kind]} in hexadecimal digits" $kind=$f
	f=$kind/utf-8-mark.$(suffix $kind)
	fresh "$out/$f"
	{ printf '\xef\xbb\xbf'; cat "$out/${path[$kind]}"; } > "$out/$f"
	vector utf-8-mark-$kind refuse "CMS-1 ENCODE-2" "A byte order mark before the ${name[$kind]}" $kind=$f
done
cp "$out/ov/good.vcj" "$out/ov/good-suffix.cms"
vector suffix-cms accept "ENCODE-2" "The voucher in a file of suffix .cms" ov=ov/good-suffix.cms
vector swapped-ov-oc refuse "OV-1" "Voucher and owner certificate are swapped" ov=oc/good.cms oc=ov/good.vcj also="OV-4 CMS-14"
vector swapped-ci-ov refuse "CI-7" "Conveyed information and voucher are swapped" ci=ov/good.vcj ov=ci/good.cms
