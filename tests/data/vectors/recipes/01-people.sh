# SPDX-License-Identifier: MIT
#
# Everybody who takes part, and the good bundle that most vectors change in one place:
#
#   vroot -> vsign                 the manufacturer signs vouchers
#   oroot -> oint -> owner         the owner; the voucher pins oroot
#   other                          a root nobody trusts

for a in '' -p384 -rsa2048; do
	alg=${a#-}
	alg=${alg:-p256} cert vroot$a vroot$a "$CA"
	alg=${alg:-p256} cert vsign$a vroot$a "$SIGNER"
	alg=${alg:-p256} cert oroot$a oroot$a "$CA"
	alg=${alg:-p256} cert oint$a oroot$a "$CA"
	alg=${alg:-p256} cert owner$a oint$a "$SIGNER"
done
unset alg
cert other other "$CA"
cert stranger other "$SIGNER"
keep pki vroot.der

cat > onboarding.json <<'END_OF_DOCUMENT'
{"ietf-sztp-conveyed-info:onboarding-information":{"configuration-handling":"merge","configuration":"aG9zdG5hbWU9ZWRnZTEK"}}
END_OF_DOCUMENT
cat > redirect.json <<'END_OF_DOCUMENT'
{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[{"address":"boot1.example.net","port":8443}]}}
END_OF_DOCUMENT
keep documents onboarding.json redirect.json
cat > onboarding.xml <<'END_OF_DOCUMENT'
<?xml version="1.0" encoding="UTF-8"?>
<onboarding-information xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info">
  <configuration-handling>merge</configuration-handling>
  <configuration>aG9zdG5hbWU9ZWRnZTEK</configuration>
</onboarding-information>
END_OF_DOCUMENT
cat > redirect.xml <<'END_OF_DOCUMENT'
<redirect-information xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info">
  <bootstrap-server><address>boot1.example.net</address><port>8443</port></bootstrap-server>
</redirect-information>
END_OF_DOCUMENT
echo 'hostname=edge1' > text

ci good onboarding.json
ci redirect redirect.json
oc good owner oint
ov good

vector good accept "VAL-1 VAL-2 VAL-3 VAL-4 VAL-5 VAL-6 VAL-7 VAL-8 VAL-12 CMS-1 CMS-6 CMS-7 CMS-10 CMS-12 CMS-14 CMS-18 CI-3 OC-1 OC-2 OV-1 OV-4 OV-10 OV-23 OV-25 ENCODE-2 EX-6" \
	"The bundle that most others change in one place: P-256, JSON, proper content types, owner under an intermediate"
vector good-redirect accept "CI-3 VAL-12 EX-6" "The same with redirect information" ci=redirect document=redirect

# The same with other keys throughout.
for a in p384 rsa2048; do
	md=sha256
	[ $a != p384 ] || md=sha384
	md=$md by=owner-$a ci good-$a onboarding.json
	oc good-$a owner-$a oint-$a
	md=$md pin=oroot-$a signer=vsign-$a ov good-$a
	keep pki vroot-$a.der
	vector good-$a accept "CMS-12 VAL-3 VAL-8 VAL-12" "Every key and signature of the bundle is ${a/rsa2048/RSA with 2048 bits}" \
		ci=good-$a oc=good-$a ov=good-$a anchors=vroot-$a
done
unset md

# The devices.  Their identity certificates never end (RFC 8572, 9.4).
device() { subject=${subject-/serialNumber=JADA123456789/CN=device} to=99991231235959Z cert "$@"; }
alg=rsa2048 device device-rsa vroot "${SIGNER/digitalSignature/digitalSignature,keyEncipherment}"
device device-p256 vroot "${SIGNER/digitalSignature/digitalSignature,keyAgreement}"
alg=p384 device device-p384 vroot "${SIGNER/digitalSignature/digitalSignature,keyAgreement}"
alg=rsa2048 device device-other vroot "${SIGNER/digitalSignature/digitalSignature,keyEncipherment}"
device device-other-p256 vroot "${SIGNER/digitalSignature/digitalSignature,keyAgreement}"
keep pki device-rsa.der device-p256.der device-p384.der
for d in rsa p256 p384; do
	cp device-$d.key "$out/keys/test-device-$d.key"
done
