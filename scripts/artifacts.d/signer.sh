# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts signer --ca DIR --out DIR [--name CN] [--alg ALG] [--days N]

Makes the key and certificate with which a manufacturer signs vouchers:
DIR/signer.pem, signer.key and chain.pem.

  --ca DIR     manufacturer's authority (artifacts ca); its root is the device's voucher anchor
  --name CN    common name, default "voucher signer"
  --alg ALG    p256 (default), p384, rsa2048, rsa3072
  --days N     validity, default 3650
END
}

command_main()
{
	local out= ca= name="voucher signer" alg=p256 days=3650

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--ca) argument $# "$1"; ca=$2 ;;
		--name) argument $# "$1"; name=$2 ;;
		--alg) argument $# "$1"; alg=$2 ;;
		--days) argument $# "$1"; days=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --ca "$ca" --out "$out" --name "$name"
	algorithm_check "$alg"
	number_check --days "$days" 1 36500
	authority "$ca"
	folder "$out"
	unused "$out"/signer.{key,pem}

	key_make "$alg"
	request_make "$SCRATCH/new.key"
	certificate_issue "$ca" "/CN=$(name_escape "$name")" 'basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always' days "$days"
	place "$out/signer.key" 0600 < "$SCRATCH/new.key"
	chain_above "$ca" | place "$out/chain.pem"
	place "$out/signer.pem" < "$SCRATCH/issued.pem"
}
