# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts idevid --ca DIR --serial SN --out DIR [--csr FILE | --alg ALG]

Makes a device certificate (IEEE 802.1AR IDevID) without expiry: DIR/idevid.pem,
idevid.der, chain.pem, and idevid.key when no request is given.

  --ca DIR      manufacturer's device authority (artifacts ca)
  --serial SN   serial number; becomes the subject's serialNumber, whatever the request says
  --csr FILE    certificate request made by the device (key stays in its TPM), PEM or DER
  --alg ALG     make the key here: p256 (default), p384, rsa2048, rsa3072
END
}

command_main()
{
	local out= ca= serial= csr= alg= form

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--ca) argument $# "$1"; ca=$2 ;;
		--serial) argument $# "$1"; serial=$2 ;;
		--csr) argument $# "$1"; csr=$2 ;;
		--alg) argument $# "$1"; alg=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --ca "$ca" --serial "$serial" --out "$out"
	[[ -z $csr || -z $alg ]] || die_usage "--csr and --alg exclude each other"
	serial_check "$serial"
	algorithm_check "${alg:=p256}"
	authority "$ca"
	folder "$out"
	unused "$out"/idevid.{key,pem,der}

	if [[ -n $csr ]]; then
		readable "$csr"
		form=PEM
		grep -q 'BEGIN.*CERTIFICATE REQUEST' "$csr" || form=DER
		openssl req -inform $form -in "$csr" -verify -noout 2>/dev/null ||
			die "'$csr' is not a certificate request signed by its own key"
		openssl req -inform $form -in "$csr" -out "$SCRATCH/request.csr"
	else
		key_make "$alg"
		request_make "$SCRATCH/new.key"
	fi
	# The date 802.1AR gives for "does not expire".
	certificate_issue "$ca" "/serialNumber=$(name_escape "$serial")" 'basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always' date 99991231235959Z
	[[ -n $csr ]] || place "$out/idevid.key" 0600 < "$SCRATCH/new.key"
	chain_above "$ca" | place "$out/chain.pem"
	openssl x509 -in "$SCRATCH/issued.pem" -outform DER | place "$out/idevid.der"
	place "$out/idevid.pem" < "$SCRATCH/issued.pem"
}
