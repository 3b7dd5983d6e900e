# SPDX-License-Identifier: MIT
#
# CMS-18: certificate paths (RFC 5280, 6.1), of the owner and of the voucher's signer.

# owner_under CA...: an owner below the first of these, all of them in the set
owner_under()
{
	[ -e "owner-under-$1.pem" ] || cert "owner-under-$1" "$1" "${extensions:-$SIGNER}"
	by=owner-under-$1 ci "under-$1" onboarding.json
	oc "under-$1" "owner-under-$1" "$@"
}
# under VERDICT CA NUMBERS DESCRIPTION [NAME=VALUE...]: a vector about it
under() { vector "under-$2" "$1" "$3" "$4" "ci=under-$2" "oc=under-$2" "${@:5}"; }

readonly PATH_NUMBERS="CMS-18 VAL-8"
cert int-1 oroot "$CA"; cert int-2 int-1 "$CA"
owner_under int-2 int-1
under accept int-2 "$PATH_NUMBERS OC-2" "Two intermediates"
oc missing-upper owner-under-int-2 int-2
vector missing-upper-intermediate refuse "VAL-8 OC-2" "Of two intermediates the upper one is missing" ci=under-int-2 oc=missing-upper
oc missing-lower owner-under-int-2 int-1
vector missing-lower-intermediate refuse "VAL-8 OC-2" "Of two intermediates the lower one is missing" ci=under-int-2 oc=missing-lower
oc no-intermediate owner
vector no-intermediate refuse "VAL-8 OC-2" "The intermediate is missing" oc=no-intermediate

cert not-ca oroot "$SIGNER"
owner_under not-ca
under refuse not-ca "$PATH_NUMBERS" "The intermediate is no CA (cA FALSE)"
cert no-constraints oroot $'keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid'
owner_under no-constraints
under refuse no-constraints "$PATH_NUMBERS" "The intermediate has no basicConstraints"
cert no-key-usage oroot $'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid'
owner_under no-key-usage
under accept no-key-usage "$PATH_NUMBERS" "The intermediate has no keyUsage: anything goes"
cert no-cert-sign oroot "${CA/keyCertSign,cRLSign/cRLSign,digitalSignature}"
owner_under no-cert-sign
under refuse no-cert-sign "$PATH_NUMBERS" "keyUsage of the intermediate lacks keyCertSign"
cert length-0 oroot "${CA/CA:TRUE/CA:TRUE,pathlen:0}"
owner_under length-0
under accept length-0 "$PATH_NUMBERS" "pathLenConstraint 0, and the owner directly below"
cert below-0 length-0 "$CA"
owner_under below-0 length-0
under refuse below-0 "$PATH_NUMBERS" "pathLenConstraint 0, and one more CA below"
subject=/CN=length-0 cert self-issued-0 length-0 "$CA"
owner_under self-issued-0 length-0
under accept self-issued-0 "$PATH_NUMBERS" "pathLenConstraint 0, and a self-issued CA below, which does not count" level=should
cert length-1 oroot "${CA/CA:TRUE/CA:TRUE,pathlen:1}"
cert below-1 length-1 "$CA"
owner_under below-1 length-1
under accept below-1 "$PATH_NUMBERS" "pathLenConstraint 1, and one CA below"
cert pin-length-0 pin-length-0 "${CA/CA:TRUE/CA:TRUE,pathlen:0}"
cert below-pin-0 pin-length-0 "$CA"
owner_under below-pin-0
pin=pin-length-0 ov pin-length-0
under refuse below-pin-0 "$PATH_NUMBERS" "pathLenConstraint 0 in the pinned certificate, and a CA below" ov=pin-length-0 level=should
cert critical oroot "$CA"$'\n1.2.3.4.5=critical,DER:0500'
owner_under critical
under refuse critical "$PATH_NUMBERS" "The intermediate has an unknown critical extension"
cert uncritical oroot "$CA"$'\n1.2.3.4.5=DER:0500'
owner_under uncritical
under accept uncritical "$PATH_NUMBERS" "The intermediate has an unknown extension that is not critical"
cert owner-critical oint "$SIGNER"$'\n1.2.3.4.5=critical,DER:0500'
by=owner-critical ci owner-critical onboarding.json
oc owner-critical owner-critical oint
vector owner-critical refuse "$PATH_NUMBERS" "The owner certificate has an unknown critical extension" ci=owner-critical oc=owner-critical

# Name constraints: honoured, or refused because they are critical.
cert names-excluded oroot "$CA"$'\nnameConstraints=critical,excluded;dirName:dn\n[dn]\nO=Example'
subject=/O=Example/CN=owner cert owner-under-names-excluded names-excluded "$SIGNER"
owner_under names-excluded
under refuse names-excluded "$PATH_NUMBERS" "The owner's name is in an excluded subtree of the intermediate's critical name constraints"
cert names-other oroot "$CA"$'\nnameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Example'
subject=/O=Elsewhere/CN=owner cert owner-under-names-other names-other "$SIGNER"
owner_under names-other
under refuse names-other "$PATH_NUMBERS" "The owner's name is outside the permitted subtree of the intermediate's critical name constraints"
cert names-permitted oroot "$CA"$'\nnameConstraints=critical,permitted;dirName:dn\n[dn]\nO=Example'
subject=/O=Example/CN=owner cert owner-under-names-permitted names-permitted "$SIGNER"
owner_under names-permitted
under accept names-permitted "$PATH_NUMBERS" "The owner's name is inside the permitted subtree of the intermediate's critical name constraints" level=may
cert names-dns oroot "$CA"$'\nnameConstraints=critical,permitted;DNS:example.net'
extensions=$SIGNER$'\nsubjectAltName=DNS:owner.example.org' owner_under names-dns
under refuse names-dns "$PATH_NUMBERS" "The owner's DNS name is outside the permitted subtree"
cert policy oroot "$CA"$'\npolicyConstraints=critical,requireExplicitPolicy:0'
owner_under policy
under refuse policy "$PATH_NUMBERS" "The intermediate demands a certificate policy, and the path has none"

# Names and signatures.
subject=/CN=oint cert int-twin other "$CA"
cert owner-under-int-twin int-twin "$SIGNER"
by=owner-under-int-twin ci twin onboarding.json
oc twin owner-under-int-twin oint
vector twin-intermediate refuse "$PATH_NUMBERS" "The intermediate in the set has the name of the owner's issuer, but not its key" ci=twin oc=twin
subject=/CN=oroot cert root-twin root-twin "$CA"
cert int-under-twin root-twin "$CA"
owner_under int-under-twin root-twin
under refuse int-under-twin "$PATH_NUMBERS" "A root with the pinned certificate's name and another key"
cp oint.der int-flipped.der
edit int-flipped.der flip 2 -1
oc flipped owner int-flipped
vector flipped-intermediate refuse "$PATH_NUMBERS" "The intermediate's signature is damaged" oc=flipped
cp owner.der owner-flipped.der
edit owner-flipped.der flip 2 -1
oc owner-flipped owner-flipped oint
vector flipped-owner refuse "$PATH_NUMBERS" "The owner certificate's signature is damaged" oc=owner-flipped
# The chain of signatures is right, the names are not: issued under another name of the same key.
cp oint.key oint-renamed.key
cert oint-renamed oroot "$CA"
oc renamed owner oint-renamed
vector renamed-intermediate refuse "$PATH_NUMBERS" "The intermediate has the issuer's key, but another name" oc=renamed
# Key identifiers are only a hint.
cert no-identifiers oroot $'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none'
extensions=$'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none' owner_under no-identifiers
under accept no-identifiers "$PATH_NUMBERS CMS-5" "No key identifiers: names and signatures decide"
subject=/CN=oint cert decoy other "$CA"
oc decoy decoy owner oint
vector decoy-intermediate accept "$PATH_NUMBERS CMS-5 OC-8" "Two certificates have the issuer's name, the first with another key" oc=decoy

# Versions and duplicates.
openssl x509 -req -in oint.csr -CA oroot.pem -CAkey oroot.key -set_serial 77 -days 20000 -out oint-v1.pem 2>/dev/null
openssl x509 -in oint-v1.pem -outform DER -out oint-v1.der
oc int-v1 owner oint-v1
vector intermediate-version-1 refuse "$PATH_NUMBERS" "The intermediate is a certificate of version 1" oc=int-v1
openssl x509 -req -in owner.csr -CA oint.pem -CAkey oint.key -set_serial 78 -days 20000 -out owner-v1.pem 2>/dev/null
openssl x509 -in owner-v1.pem -outform DER -out owner-v1.der
cp owner.key owner-v1.key
by=owner-v1 ci owner-v1 onboarding.json
oc owner-v1 owner-v1 oint
vector owner-version-1 refuse "$PATH_NUMBERS" "The owner certificate is of version 1" ci=owner-v1 oc=owner-v1 level=should also=OC-6
# resigned_certificate FILE KEY: sign a changed certificate anew
resigned_certificate()
{
	./der-edit get "$1" 0 > tbs
	openssl dgst -sha256 -sign "$2.key" -out signature tbs
	{ printf '\0'; cat signature; } > bits
	edit "$1" set 2 <(wrap 03 bits)
}
cp oint.der int-duplicate.der
./der-edit get int-duplicate.der 0.7.0.0 > element
edit int-duplicate.der insert 0.7.0.+ element
resigned_certificate int-duplicate.der oroot
oc int-duplicate owner int-duplicate
vector intermediate-duplicate-extension refuse "$PATH_NUMBERS" "An extension of the intermediate stands twice" oc=int-duplicate
cp oint.der int-algorithms.der
edit int-algorithms.der set 0.2.0 "$(oid $ECDSA_SHA384)"
resigned_certificate int-algorithms.der oroot
oc int-algorithms owner int-algorithms
vector intermediate-algorithms-differ refuse "$PATH_NUMBERS" "Inside and outside the intermediate's certificate stand different signature algorithms" \
	oc=int-algorithms also=CMS-12

# The voucher's signer.
signer_ov() { signer=$1 chain=${2-} ov "by-$1"; }
signer_vector() { vector "voucher-by-$1" "$2" "$3" "$4" "ov=by-$1" "${@:5}"; }
cert vnot-ca vroot "$SIGNER"
cert vsign-not-ca vnot-ca "$SIGNER"
signer_ov vsign-not-ca vnot-ca
signer_vector vsign-not-ca refuse "OV-4 CMS-18" "The voucher signer's issuer is no CA"
cert vlength-0 vroot "${CA/CA:TRUE/CA:TRUE,pathlen:0}"
cert vbelow-0 vlength-0 "$CA"
cert vsign-below-0 vbelow-0 "$SIGNER"
signer_ov vsign-below-0 "vbelow-0 vlength-0"
signer_vector vsign-below-0 refuse "OV-4 CMS-18" "A path length constraint above the voucher's signer is not kept"
cert vsign-critical vroot "$SIGNER"$'\n1.2.3.4.5=critical,DER:0500'
signer_ov vsign-critical
signer_vector vsign-critical refuse "OV-4 CMS-18" "The voucher signer's certificate has an unknown critical extension"
cert vsign-encipher vroot "${SIGNER/digitalSignature/keyEncipherment}"
signer_ov vsign-encipher
signer_vector vsign-encipher refuse "OV-4 CMS-18" "keyUsage of the voucher's signer allows no signatures"
cert vsign-repudiation vroot "${SIGNER/digitalSignature/nonRepudiation}"
signer_ov vsign-repudiation
signer_vector vsign-repudiation accept "OV-4 CMS-18" "keyUsage of the voucher's signer is contentCommitment" level=should
