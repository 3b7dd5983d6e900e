# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts server --ca DIR --name dns:N|ip:A... --out DIR [--alg ALG] [--days N]

Makes a TLS server certificate: DIR/server.pem, server.key and chain.pem.

  --ca DIR     authority (artifacts ca)
  --name ...   dns:HOST or ip:ADDRESS; may be given several times
  --alg ALG    p256 (default), p384, rsa2048, rsa3072
  --days N     validity, default 825
END
}

command_main()
{
	local out= ca= alg=p256 days=825 names=() usage=digitalSignature

	while (($#)); do
		case $1 in
		--out) argument $# "$1"; out=$2 ;;
		--ca) argument $# "$1"; ca=$2 ;;
		--name)
			argument $# "$1"
			[[ $2 =~ ^dns:[A-Za-z0-9.*_-]+$ || $2 =~ ^ip:[0-9A-Fa-f.:]+$ ]] ||
				die_usage "--name wants dns:HOST or ip:ADDRESS, not '$2'"
			names+=("${2/#dns:/DNS:}")
			;;
		--alg) argument $# "$1"; alg=$2 ;;
		--days) argument $# "$1"; days=$2 ;;
		*) die_usage "unknown option '$1'" ;;
		esac
		shift 2
	done
	required --ca "$ca" --name "${names[*]-}" --out "$out"
	algorithm_check "$alg"
	number_check --days "$days" 1 36500
	authority "$ca"
	folder "$out"
	unused "$out"/server.{key,pem}

	key_make "$alg"
	request_make "$SCRATCH/new.key"
	[[ $alg != rsa* ]] || usage+=", keyEncipherment"
	certificate_issue "$ca" "/CN=$(name_escape "${names[0]#*:}")" "basicConstraints = critical, CA:FALSE
keyUsage = critical, $usage
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = $(IFS=,; echo "${names[*]/#ip:/IP:}")" days "$days"
	place "$out/server.key" 0600 < "$SCRATCH/new.key"
	chain_above "$ca" | place "$out/chain.pem"
	place "$out/server.pem" < "$SCRATCH/issued.pem"
}
