# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts owner-certificate --ca DIR [--intermediate DIR] --out DIR [--name CN]
                                   [--alg ALG] [--days N]
       artifacts owner-certificate --certificate FILE [--chain FILE] --out DIR

Makes the owner's signing key and certificate and the artifact of RFC 8572 section 3.2:
DIR/owner.pem, owner.key, chain.pem and owner-certificate.cms.  The second form wraps a
certificate that exists already (PEM); its key stays where it is.

  --ca DIR            owner's authority: the certificate that vouchers pin
  --intermediate DIR  issuing authority below it (artifacts ca --parent)
  --name CN           common name, default "owner"
  --alg ALG           p256 (default), p384, rsa2048, rsa3072
  --days N            validity, default 3650
  --certificate FILE  existing owner certificate, or a self-signed one to be pinned itself
  --chain FILE        certificates between it and the pinned one
END
}

# issued_by CA INTERMEDIATE
issued_by()
{
	local between=()

	[[ ! -s $2/chain.pem ]] || between=(-untrusted "$2/chain.pem")
	openssl verify -partial_chain -trusted "$1/ca.pem" "${between[@]}" "$2/ca.pem" >/dev/null 2>&1 ||
		die "'$2' was not issued by '$1'"
}

command_main()
{
	local out= ca= intermediate= name=owner alg=p256 days=3650 certificate= chain= issuer

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--ca) argument $# "$1"; ca=$2 ;;
		--intermediate) argument $# "$1"; intermediate=$2 ;;
		--name) argument $# "$1"; name=$2 ;;
		--alg) argument $# "$1"; alg=$2 ;;
		--days) argument $# "$1"; days=$2 ;;
		--certificate) argument $# "$1"; certificate=$2 ;;
		--chain) argument $# "$1"; chain=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --out "$out"
	[[ -n $ca || -n $certificate ]] || die_usage "--ca is missing"
	[[ -z $ca || -z $certificate ]] || die_usage "--ca and --certificate exclude each other"
	algorithm_check "$alg"
	number_check --days "$days" 1 36500
	if [[ -n $certificate ]]; then
		readable "$certificate" ${chain:+"$chain"}
		folder "$out"
		unused "$out"/owner.pem
		certificate_read "$certificate" "$SCRATCH/owner.pem"
		place "$out/owner.pem" < "$SCRATCH/owner.pem"
		if [[ -n $chain ]]; then cat "$chain"; fi | place "$out/chain.pem"
	else
		authority "$ca"
		issuer=${intermediate:-$ca}
		authority "$issuer"
		[[ -z $intermediate ]] || issued_by "$ca" "$intermediate"
		folder "$out"
		unused "$out"/owner.{key,pem}
		key_make "$alg"
		request_make "$SCRATCH/new.key"
		# RFC 8572 3.2: digitalSignature, nothing else is asked for.
		certificate_issue "$issuer" "/CN=$(name_escape "$name")" 'basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always' days "$days"
		place "$out/owner.key" 0600 < "$SCRATCH/new.key"
		chain_above "$issuer" | place "$out/chain.pem"
		place "$out/owner.pem" < "$SCRATCH/issued.pem"
	fi
	cat "$out/owner.pem" "$out/chain.pem" > "$SCRATCH/both.pem"
	quietly openssl crl2pkcs7 -nocrl -certfile "$SCRATCH/both.pem" -outform DER -out "$SCRATCH/owner.cms"
	place "$out/owner-certificate.cms" < "$SCRATCH/owner.cms"
}
