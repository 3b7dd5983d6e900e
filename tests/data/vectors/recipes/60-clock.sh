# SPDX-License-Identifier: MIT
#
# CLK: accurate clocks, and devices that know a lower bound only (time none).  Whatever the
# bound is, it lies after 2026 and long before 2084.

# outdated NAME NUMBERS-WITH NUMBERS-WITHOUT WHAT NAME=VALUE...: NAME=VALUE... is an expired thing
outdated() { local n=$1 with=$2 without=$3 what=$4; shift 4
	vector "$n-clock" refuse "$with" "$what expired, accurate clock" "$@"
	vector "$n-floor" refuse "$without" "$what expired before the lower bound, no clock" "$@" time=none; }
early() { local n=$1 with=$2 without=$3 what=$4; shift 4
	vector "$n-clock" refuse "$with" "$what not yet valid, accurate clock" "$@"
	vector "$n-floor" accept "$without" "$what not yet valid, no clock: nobody can know" "$@" time=none; }

to=20250101000000Z cert owner-old oint "$SIGNER"
by=owner-old ci owner-old onboarding.json
oc owner-old owner-old oint
outdated owner-old "VAL-8 CLK-4" "CLK-5" "Owner certificate" ci=owner-old oc=owner-old also="VAL-8 CMS-18"
from=20600101000000Z cert owner-early oint "$SIGNER"
by=owner-early ci owner-early onboarding.json
oc owner-early owner-early oint
early owner-early "VAL-8 CLK-4" "CLK-5 CLK-2" "Owner certificate" ci=owner-early oc=owner-early also=CMS-18
to=20250101000000Z cert oint-old oroot "$CA"
owner_under oint-old
outdated oint-old "VAL-8 CMS-18" "CLK-5" "Intermediate" ci=under-oint-old oc=under-oint-old also="VAL-8 CMS-18"
from=20600101000000Z cert oint-early oroot "$CA"
owner_under oint-early
early oint-early "VAL-8 CMS-18" "CLK-5 CLK-2" "Intermediate" ci=under-oint-early oc=under-oint-early
to=20250101000000Z cert oroot-old oroot-old "$CA"
cert owner-of-old oroot-old "$SIGNER"
by=owner-of-old ci owner-of-old onboarding.json
oc owner-of-old owner-of-old
pin=oroot-old ov pin-old
outdated pin-old "OV-26" "CLK-5" "Pinned certificate" ci=owner-of-old oc=owner-of-old ov=pin-old also="VAL-8 OV-26"
from=20600101000000Z cert oroot-early oroot-early "$CA"
cert owner-of-early oroot-early "$SIGNER"
by=owner-of-early ci owner-of-early onboarding.json
oc owner-of-early owner-of-early
pin=oroot-early ov pin-early
early pin-early "OV-26" "CLK-5 CLK-2" "Pinned certificate" ci=owner-of-early oc=owner-of-early ov=pin-early also=VAL-8
to=20250101000000Z cert vsign-old vroot "$SIGNER"
signer=vsign-old ov by-old
outdated signer-old "OV-4 CMS-18" "CLK-5" "The voucher signer's certificate" ov=by-old also="OV-4 CMS-18"
from=20600101000000Z cert vsign-early vroot "$SIGNER"
signer=vsign-early ov by-early
early signer-early "OV-4 CMS-18" "CLK-5 CLK-2" "The voucher signer's certificate" ov=by-early
to=20250101000000Z cert vroot-old vroot-old "$CA"
cert vsign-of-old vroot-old "$SIGNER"
signer=vsign-of-old ov by-old-root
keep pki vroot-old.der
vector anchor-old-clock refuse "OV-4" "The voucher anchor expired, accurate clock (RFC 5280 leaves it open)" ov=by-old-root anchors=vroot-old level=may also="CMS-18 CLK-5"
vector anchor-old-floor refuse "CLK-5" "The voucher anchor expired, no clock" ov=by-old-root anchors=vroot-old time=none level=may also="OV-4 CMS-18"

ov expired-2025 'expires-on="2025-12-31T00:00:00Z"'
outdated voucher-old "OV-7 VAL-4" "CLK-5 OV-7" "Voucher" ov=expired-2025
ov expires-2099 'expires-on="2080-01-01T00:00:00Z"'
vector voucher-expires-later-floor accept "CLK-7 AMB-12" "The voucher expires later, no clock" ov=expires-2099 time=none
early voucher-early "OV-6 VAL-4" "CLK-5 CLK-2" "Voucher (created-on)" ov=created-2099
vector voucher-nonce-floor accept "CLK-8 OV-19" "A voucher with the nonce that was sent, no clock" ov=nonce time=none nonce=AAECAwQFBgcICQoLDA0ODw==
vector good-floor accept "CLK-4 CLK-7 OV-20" "The good bundle, no clock" time=none
vector unsigned-redirect-floor accept "MATRIX-1 CLK-2" "Unsigned redirect information, no clock" \
	ci=unsigned-redirect oc=none ov=none time=none document=redirect trusted=false

# The edges.
from=20261201000000Z to=20270101000000Z cert owner-edge oint "$SIGNER"
by=owner-edge ci owner-edge onboarding.json
oc owner-edge owner-edge oint
vector edge-begin accept "VAL-8 CLK-4" "Now is the owner certificate's notBefore: included" ci=owner-edge oc=owner-edge
vector edge-before refuse "VAL-8 CLK-4" "Now is one second before the owner certificate's notBefore" ci=owner-edge oc=owner-edge time=2026-11-30T23:59:59Z also=CMS-18
vector edge-end accept "VAL-8 CLK-4" "Now is the owner certificate's notAfter: included" ci=owner-edge oc=owner-edge time=2027-01-01T00:00:00Z level=should
vector edge-after refuse "VAL-8 CLK-4" "Now is one second after the owner certificate's notAfter" ci=owner-edge oc=owner-edge time=2027-01-01T00:00:01Z also=CMS-18

vector last-second accept "OV-26 VAL-8 CLK-4" "The last second of every certificate of the good bundle" time=2084-01-01T00:00:00Z level=should
vector last-second-over refuse "OV-4 CLK-4" "One second later" time=2084-01-01T00:00:01Z also="CMS-18 OV-26 VAL-8"
from=20261201000000Z to=20840101000000Z cert oroot-edge oroot-edge "$CA"
cert owner-of-edge oroot-edge "$SIGNER"
by=owner-of-edge ci owner-of-edge onboarding.json
oc owner-of-edge owner-of-edge
pin=oroot-edge ov pin-edge
vector pin-edge accept "OV-26" "Now is the pinned certificate's notBefore: included" ci=owner-of-edge oc=owner-of-edge ov=pin-edge
vector pin-edge-before refuse "OV-26" "Now is one second before the pinned certificate's notBefore" \
	ci=owner-of-edge oc=owner-of-edge ov=pin-edge time=2026-11-30T23:59:59Z also=VAL-8

# CLK-6: no time is taken from what was received.
by=owner-old ci signed-while-valid onboarding.json
f=$out/ci/signed-while-valid.cms
n=$(attribute $SIGNING_TIME "$f")
printf '241201000000Z' > time
edit "$f" set 1.0.-1.-1.3.$n.1.0 <(wrap 17 time)
resign "$f" owner-old
vector signed-while-valid refuse "VAL-8 CLK-6 CMS-15" "The owner certificate has expired; signing-time says it was valid then" ci=signed-while-valid oc=owner-old also=CMS-18
vector signed-while-valid-floor refuse "CLK-5 CLK-6 CMS-15" "The same, no clock" ci=signed-while-valid oc=owner-old time=none also="VAL-8 CMS-18"

# CLK-10.
to=99991231235959Z cert owner-endless oint "$SIGNER"
by=owner-endless ci owner-endless onboarding.json
oc owner-endless owner-endless oint
vector owner-endless accept "CLK-10" "notAfter of the owner certificate is 99991231235959Z" ci=owner-endless oc=owner-endless
vector idevid-endless accept "CLK-10 OV-12" "notAfter of the IDevID is 99991231235959Z" idevid=device-p256 ov=issuer time=2083-12-31T00:00:00Z
from=20500101000000Z to=20700101000000Z cert owner-generalized oint "$SIGNER"
by=owner-generalized ci owner-generalized onboarding.json
oc owner-generalized owner-generalized oint
vector generalized-time accept "CLK-4" "Dates after 2050 (GeneralizedTime), accurate clock in 2060" ci=owner-generalized oc=owner-generalized time=2060-01-01T00:00:00Z
vector generalized-time-before refuse "VAL-8 CLK-4" "The same in 2026" ci=owner-generalized oc=owner-generalized also=CMS-18
