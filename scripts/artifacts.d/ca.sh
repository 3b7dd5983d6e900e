# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts ca --out DIR --name CN [--alg ALG] [--days N] [--parent DIR]

Makes a certificate authority: DIR/ca.pem, ca.der, ca.key and chain.pem.

  --name CN     common name
  --alg ALG     p256 (default), p384, rsa2048, rsa3072
  --days N      validity, default 7300
  --parent DIR  make an intermediate authority below that one; without it a root
END
}

command_main()
{
	local out= name= alg=p256 days=7300 parent= extensions

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--name) argument $# "$1"; name=$2 ;;
		--alg) argument $# "$1"; alg=$2 ;;
		--days) argument $# "$1"; days=$2 ;;
		--parent) argument $# "$1"; parent=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --out "$out" --name "$name"
	algorithm_check "$alg"
	number_check --days "$days" 1 36500
	[[ -z $parent ]] || authority "$parent"
	folder "$out"
	unused "$out"/ca.{key,pem,der}

	key_make "$alg"
	# digitalSignature: small manufacturers sign vouchers with the authority itself.
	extensions='basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash'
	if [[ -n $parent ]]; then
		request_make "$SCRATCH/new.key"
		certificate_issue "$parent" "/CN=$(name_escape "$name")" "$extensions
authorityKeyIdentifier = keyid:always" days "$days"
		chain_above "$parent" | place "$out/chain.pem"
	else
		printf '[extensions]\n%s\n' "$extensions" >> "$OPENSSL_CONF"
		quietly openssl req -x509 -new -utf8 -key "$SCRATCH/new.key" -subj "/CN=$(name_escape "$name")" \
			"-$(key_digest "$SCRATCH/new.key")" -days "$days" -extensions extensions \
			-out "$SCRATCH/issued.pem"
		: | place "$out/chain.pem"
	fi
	place "$out/ca.key" 0600 < "$SCRATCH/new.key"
	openssl x509 -in "$SCRATCH/issued.pem" -outform DER | place "$out/ca.der"
	openssl x509 -in "$SCRATCH/issued.pem" | place "$out/ca.pem"
}
