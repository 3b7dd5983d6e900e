# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts voucher --signer DIR --serial SN --pinned FILE --out FILE.vcj [OPTION...]

Makes an ownership voucher (RFC 8366): the manufacturer says that the device with this
serial number belongs to whoever the pinned certificate leads to.

  --signer DIR       folder of artifacts signer (or ca); intermediates are attached
  --serial SN        the device's serial number, exactly
  --pinned FILE      owner's authority (or owner certificate itself), PEM or DER
  --idevid FILE      device certificate, PEM or DER: adds idevid-issuer from its
                     authorityKeyIdentifier
  --expires-on T     RFC 3339 UTC time, such as 2034-01-01T00:00:00Z
  --nonce B64        nonce of the device, 8 to 32 bytes in base64; excludes --expires-on
  --created-on T     default now
  --assertion A      verified (default), logged, proximity
  --revocation-checks true|false
                     whether devices must check revocation of the owner certificate;
                     without it the leaf is left out
  --content-type T   .40 (default, JSON voucher) or id-data (what some signers write)
END
}

# idevid_issuer FILE: base64 of the DER AuthorityKeyIdentifier (8366bis form).
idevid_issuer()
{
	local hex

	certificate_read "$1" "$SCRATCH/idevid.pem"
	hex=$(openssl asn1parse -in "$SCRATCH/idevid.pem" |
		sed -n '/X509v3 Authority Key Identifier/,/HEX DUMP/s/.*HEX DUMP\]://p')
	[[ -n $hex ]] || die "'$1' has no authorityKeyIdentifier"
	printf '%b' "$(sed 's/../\\x&/g' <<< "$hex")" | openssl base64 -A
}

time_check()
{
	[[ $2 =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]] && date -u -d "$2" >/dev/null 2>&1 ||
		die_usage "$1 wants a UTC time such as 2034-01-01T00:00:00Z, not '$2'"
}

nonce_check()
{
	local n

	n=$(printf '%s' "$1" | openssl base64 -d -A | wc -c)
	[[ $(printf '%s' "$1" | openssl base64 -d -A | openssl base64 -A) == "$1" ]] &&
		((n >= 8 && n <= 32)) || die_usage "--nonce wants 8 to 32 bytes in base64"
}

command_main()
{
	local out= signer= serial= pinned= idevid= expires= nonce= created= assertion=verified
	local checks= type=.40 kind=signer content=$OID_VOUCHER_JSON extra=()

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--signer) argument $# "$1"; signer=$2 ;;
		--serial) argument $# "$1"; serial=$2 ;;
		--pinned) argument $# "$1"; pinned=$2 ;;
		--idevid) argument $# "$1"; idevid=$2 ;;
		--expires-on) argument $# "$1"; expires=$2 ;;
		--nonce) argument $# "$1"; nonce=$2 ;;
		--created-on) argument $# "$1"; created=$2 ;;
		--assertion) argument $# "$1"; assertion=$2 ;;
		--revocation-checks) argument $# "$1"; checks=$2 ;;
		--content-type) argument $# "$1"; type=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --signer "$signer" --serial "$serial" --pinned "$pinned" --out "$out"
	text_check --serial "$serial"
	[[ $assertion =~ ^(verified|logged|proximity)$ ]] ||
		die_usage "--assertion is verified, logged or proximity, not '$assertion'"
	[[ $checks =~ ^(true|false|)$ ]] || die_usage "--revocation-checks is true or false, not '$checks'"
	case $type in
	.40 | "$OID_VOUCHER_JSON") ;;
	id-data) content=id-data ;;
	*) die_usage "--content-type is .40 or id-data, not '$type'" ;;
	esac
	[[ -z $expires || -z $nonce ]] ||
		die_usage "--expires-on and --nonce exclude each other (RFC 8366 section 5.3)"
	[[ -z $expires ]] || time_check --expires-on "$expires"
	[[ -z $created ]] || time_check --created-on "$created"
	[[ -z $nonce ]] || nonce_check "$nonce"
	[[ -f $signer/signer.pem ]] || kind=ca
	readable "$signer/$kind.pem" "$signer/$kind.key"
	certificate_read "$pinned" "$SCRATCH/pinned.der" DER
	[[ -z $idevid ]] || extra+=('"idevid-issuer":"'"$(idevid_issuer "$idevid")"'"')
	[[ -z $expires ]] || extra+=('"expires-on":"'"$expires"'"')
	[[ -z $nonce ]] || extra+=('"nonce":"'"$nonce"'"')
	[[ -z $checks ]] || extra+=('"domain-cert-revocation-checks":'"$checks")
	{
		printf '{"ietf-voucher:voucher":{"created-on":"%s","assertion":"%s","serial-number":%s,' \
			"${created:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}" "$assertion" "$(json_string "$serial")"
		((${#extra[@]} == 0)) || printf '%s,' "${extra[@]}"
		printf '"pinned-domain-cert":%s}}' "$(json_binary "$SCRATCH/pinned.der")"
	} > "$SCRATCH/voucher.json"
	folder "$(dirname "$out")"
	local attach=()
	[[ ! -s $signer/chain.pem ]] || attach=(-certfile "$signer/chain.pem")
	signed "$content" "$SCRATCH/voucher.json" "$signer/$kind.pem" "$signer/$kind.key" \
		"${attach[@]}" | place "$out"
}
