# SPDX-License-Identifier: MIT
#
# CMS-12, CMS-13: which signatures count.

# owner_with ALG: an owner with a key of this kind, below oint
owner_with() { [ -e "owner-alg-$1.pem" ] || { md=sha256 alg=$1 cert "owner-alg-$1" oint "$SIGNER"; oc "alg-$1" "owner-alg-$1" oint; }; }

for a in rsa2048 rsa3072 rsa4096 p256 p384; do
	owner_with $a
	for md in sha256 sha384 sha512; do
		md=$md by=owner-alg-$a ci alg-$a-$md onboarding.json
		vector alg-$a-$md accept "CMS-12 VAL-12" "Conveyed information signed with ${a/rsa/RSA } and ${md/sha/SHA-}" \
			ci=alg-$a-$md oc=alg-$a
	done
	for md in sha1 sha224; do
		md=$md by=owner-alg-$a ci alg-$a-$md onboarding.json
		vector alg-$a-$md refuse "CMS-12" "Conveyed information signed with ${a/rsa/RSA } and ${md/sha/SHA-}" \
			ci=alg-$a-$md oc=alg-$a
	done
done
unset md
owner_with rsa2048
md=md5 by=owner-alg-rsa2048 ci alg-rsa2048-md5 onboarding.json
vector alg-rsa2048-md5 refuse "CMS-12" "Conveyed information signed with RSA 2048 and MD5" ci=alg-rsa2048-md5 oc=alg-rsa2048
owner_with rsa1024
by=owner-alg-rsa1024 ci alg-rsa1024 onboarding.json
vector alg-rsa1024 refuse "CMS-12" "The owner's key is RSA with 1024 bits" ci=alg-rsa1024 oc=alg-rsa1024 also=VAL-8
owner_with rsa2048-e3
by=owner-alg-rsa2048-e3 ci alg-rsa2048-e3 onboarding.json
vector alg-rsa2048-e3 accept "CMS-12" "The owner's RSA key has the public exponent 3" ci=alg-rsa2048-e3 oc=alg-rsa2048-e3 level=should
owner_with p521
for md in sha256 sha512; do
	md=$md by=owner-alg-p521 ci alg-p521-$md onboarding.json
	vector alg-p521-$md accept "CMS-12" "Conveyed information signed with P-521 and ${md/sha/SHA-}" ci=alg-p521-$md oc=alg-p521 level=may also=VAL-8
done
unset md
owner_with ed25519
# openssl's cms does not sign with it (RFC 8419); made from another one.
copy ci/alg-p256-sha512.cms ci/alg-ed25519.cms
f=$out/ci/alg-ed25519.cms
edit "$f" set 1.0.-1.0.1.1 <(./der-edit get owner-alg-ed25519.der 0.1)
edit "$f" set 1.0.-1.0.-2.0 "$(oid 1.3.101.112)"
./der-edit get "$f" 1.0.-1.0.3 > attributes
edit attributes tag . 31
openssl pkeyutl -sign -rawin -inkey owner-alg-ed25519.key -in attributes -out signature
edit "$f" set 1.0.-1.0.-1 <(wrap 04 signature)
vector alg-ed25519 refuse "CMS-12" "Conveyed information signed with Ed25519" ci=alg-ed25519 oc=alg-ed25519 level=may also=VAL-8
for md in sha256 sha384 sha512; do
	md=$md by=owner-alg-rsa2048 ci alg-pss-$md onboarding.json -keyopt rsa_padding_mode:pss
	vector alg-pss-$md accept "CMS-12" "Conveyed information signed with RSA-PSS and ${md/sha/SHA-}" \
		ci=alg-pss-$md oc=alg-rsa2048 level=should
done
unset md
md=sha1 by=owner-alg-rsa2048 ci alg-pss-sha1 onboarding.json -keyopt rsa_padding_mode:pss
vector alg-pss-sha1 refuse "CMS-12" "Conveyed information signed with RSA-PSS and SHA-1" ci=alg-pss-sha1 oc=alg-rsa2048

# rsaEncryption is what openssl writes; the combined identifiers are as good, if they agree.
readonly RSA_SHA256=1.2.840.113549.1.1.11 RSA_SHA512=1.2.840.113549.1.1.13 RSA_SHA1=1.2.840.113549.1.1.5
readonly ECDSA_SHA384=1.2.840.10045.4.3.3 ECDSA_SHA1=1.2.840.10045.4.1
# with_algorithm NAME FROM OID: FROM's signer gets this signatureAlgorithm
with_algorithm()
{
	copy ci/$2.cms ci/$1.cms
	edit "$out/ci/$1.cms" set 1.0.-1.0.-2.0 "$(oid "$3")"
}
with_algorithm combined-agrees alg-rsa2048-sha256 $RSA_SHA256
vector combined-agrees accept "CMS-13" "sha256WithRSAEncryption beside SHA-256" ci=combined-agrees oc=alg-rsa2048
with_algorithm combined-differs alg-rsa2048-sha256 $RSA_SHA512
vector combined-differs refuse "CMS-13" "sha512WithRSAEncryption beside SHA-256" ci=combined-differs oc=alg-rsa2048 also=VAL-12
with_algorithm combined-sha1 alg-rsa2048-sha256 $RSA_SHA1
vector combined-sha1 refuse "CMS-13 CMS-12" "sha1WithRSAEncryption beside SHA-256" ci=combined-sha1 oc=alg-rsa2048 also=VAL-12
with_algorithm combined-ecdsa-differs good $ECDSA_SHA384
vector combined-ecdsa-differs refuse "CMS-13" "ecdsa-with-SHA384 beside SHA-256" ci=combined-ecdsa-differs also=VAL-12
with_algorithm combined-ecdsa-sha1 good $ECDSA_SHA1
vector combined-ecdsa-sha1 refuse "CMS-12" "ecdsa-with-SHA1 beside SHA-256" ci=combined-ecdsa-sha1 also="CMS-13 VAL-12"
with_algorithm rsa-as-ecdsa alg-rsa2048-sha256 1.2.840.10045.4.3.2
vector rsa-as-ecdsa refuse "VAL-12" "ecdsa-with-SHA256, but the owner's key is RSA" ci=rsa-as-ecdsa oc=alg-rsa2048 also="CMS-12 CMS-13"
with_algorithm ecdsa-as-rsa good 1.2.840.113549.1.1.1
vector ecdsa-as-rsa refuse "VAL-12" "rsaEncryption, but the owner's key is on P-256" ci=ecdsa-as-rsa also="CMS-12 CMS-13"
with_algorithm unknown-algorithm good 1.2.3.4.5
vector unknown-algorithm refuse "CMS-12" "A signature algorithm nobody knows" ci=unknown-algorithm
changed ci digest-absent
edit "$f" delete 1.0.1.0
vector digest-algorithms-empty accept "CMS-6" "digestAlgorithms does not list the signer's digest: only a hint (RFC 5652, 5.1)" \
	ci=digest-absent level=may also="CMS-1 CMS-12"

# The signature itself.
changed ci signature-flipped
edit "$f" flip 1.0.-1.0.-1 -1
vector signature-flipped refuse "VAL-12" "One bit of the owner's ECDSA signature is inverted" ci=signature-flipped
copy ci/alg-rsa2048-sha256.cms ci/signature-flipped-rsa.cms
edit "$out/ci/signature-flipped-rsa.cms" flip 1.0.-1.0.-1 -1
vector signature-flipped-rsa refuse "VAL-12" "One bit of the owner's RSA signature is inverted" ci=signature-flipped-rsa oc=alg-rsa2048
changed ci signature-empty
octets 0400 > element
edit "$f" set 1.0.-1.0.-1 element
vector signature-empty refuse "VAL-12" "The owner's signature is empty" ci=signature-empty also=CMS-1
changed ci signature-zero
octets 04083006020100020100 > element
edit "$f" set 1.0.-1.0.-1 element
vector signature-zero refuse "VAL-12" "An ECDSA signature of r = 0 and s = 0" ci=signature-zero
copy ci/alg-rsa2048-sha256.cms ci/signature-short-rsa.cms
./der-edit value "$out/ci/signature-short-rsa.cms" 1.0.-1.0.-1 | head -c 255 > signature
edit "$out/ci/signature-short-rsa.cms" set 1.0.-1.0.-1 <(wrap 04 signature)
vector signature-short-rsa refuse "VAL-12" "The last octet of the RSA signature is missing" ci=signature-short-rsa oc=alg-rsa2048
by=owner-p384 ci by-another-owner onboarding.json
vector by-another-owner refuse "OC-6 VAL-12" "Signed by another owner of the same network, whose certificate is not in the set" ci=by-another-owner also=VAL-8
# Same issuer and serial number, another key: the set's owner did not sign.
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out owner-thief.key
changed ci named-as-owner
openssl dgst -sha256 -sign owner-thief.key -out signature <(./der-edit get "$f" 1.0.-1.0.3 > attributes; edit attributes tag . 31; cat attributes)
edit "$f" set 1.0.-1.0.-1 <(wrap 04 signature)
vector named-as-owner refuse "VAL-12" "The signer calls itself the owner, but has another key" ci=named-as-owner

# Vouchers.
for md in sha384 sha512; do
	md=$md ov alg-$md
	vector alg-$md-voucher accept "CMS-12 OV-4" "Voucher with ${md/sha/SHA-}" ov=alg-$md
done
for md in sha1 md5; do
	md=$md signer=vsign-rsa2048 ov alg-rsa2048-$md
	vector alg-rsa2048-$md-voucher refuse "CMS-12 OV-4" "Voucher signed with RSA and ${md^^}" ov=alg-rsa2048-$md anchors=vroot-rsa2048
done
unset md
for a in rsa3072 rsa4096 p384; do
	alg=$a cert vsign-alg-$a vroot "$SIGNER"
	signer=vsign-alg-$a ov alg-$a
	vector alg-$a-voucher accept "CMS-12 OV-4" "Voucher signed with ${a/rsa/RSA }" ov=alg-$a
done
unset alg
alg=rsa1024 cert vsign-rsa1024 vroot "$SIGNER"
signer=vsign-rsa1024 ov alg-rsa1024
vector alg-rsa1024-voucher refuse "CMS-12 OV-4" "Voucher signed with RSA 1024" ov=alg-rsa1024
alg=p521 cert vsign-p521 vroot "$SIGNER"
signer=vsign-p521 md=sha512 ov alg-p521
vector alg-p521-voucher accept "CMS-12 OV-4" "Voucher signed with P-521" ov=alg-p521 level=may
signer=vsign-rsa2048 options="-keyopt rsa_padding_mode:pss" ov alg-pss
vector alg-pss-voucher accept "CMS-12 OV-4" "Voucher signed with RSA-PSS" ov=alg-pss anchors=vroot-rsa2048 level=should
md=sha1 cert vsign-sha1 vroot "$SIGNER"
signer=vsign-sha1 ov signer-sha1
vector signer-certificate-sha1 refuse "OV-4 CMS-12" "The voucher signer's certificate is signed with SHA-1" ov=signer-sha1 also=CMS-18
md=sha1 cert oint-sha1 oroot "$CA"
cert owner-of-sha1 oint-sha1 "$SIGNER"
by=owner-of-sha1 ci owner-of-sha1 onboarding.json
oc owner-of-sha1 owner-of-sha1 oint-sha1
vector intermediate-certificate-sha1 refuse "CMS-12 VAL-8" "The owner's issuing CA is certified with SHA-1" ci=owner-of-sha1 oc=owner-of-sha1 also=CMS-18
changed ov signature-flipped
edit "$f" flip 1.0.-1.0.-1 -1
vector signature-flipped-voucher refuse "OV-4 VAL-3" "One bit of the voucher's signature is inverted" ov=signature-flipped
