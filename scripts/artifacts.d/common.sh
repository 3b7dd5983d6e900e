# SPDX-License-Identifier: MIT
#
# What the subcommands share: messages, options, scratch space, keys, certificates, JSON.
#
# A folder made by this program holds KIND.pem, KIND.key and chain.pem: the certificates
# between this one and its root, both excluded, nearest issuer first (may be empty).

readonly OID_VOUCHER_JSON=1.2.840.113549.1.9.16.1.40
readonly OID_CONVEYED_JSON=1.2.840.113549.1.9.16.1.43

die()
{
	echo "artifacts $COMMAND: $*" >&2
	exit 1
}

die_usage()
{
	echo "artifacts $COMMAND: $* (see artifacts $COMMAND --help)" >&2
	exit 3
}

# argument COUNT OPTION: an option stands here, its value must follow.
argument()
{
	(($1 >= 2)) || die_usage "$2 wants a value"
}

# required OPTION VALUE...
required()
{
	while (($# >= 2)); do
		[[ -n $2 ]] || die_usage "$1 is missing"
		shift 2
	done
}

readable()
{
	local f

	for f; do
		[[ -f $f && -r $f ]] ||
			{ echo "artifacts $COMMAND: cannot read file '$f'" >&2; exit 3; }
	done
}

scratch_open()
{
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/artifacts.XXXXXX")
	trap 'rm -rf "$SCRATCH"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	# A distribution's or site's openssl.cnf must not leak into what is issued.
	printf '[req]\ndistinguished_name=dn\nstring_mask=utf8only\nutf8=yes\n[dn]\n' > "$SCRATCH/openssl.cnf"
	export OPENSSL_CONF=$SCRATCH/openssl.cnf
}

# Run openssl; on failure its last line is the reason the user sees.
quietly()
{
	"$@" 2> "$SCRATCH/stderr" ||
		die "$1 $2 failed: $(grep -v '^[[:space:]]*$' "$SCRATCH/stderr" | tail -n 1)"
}

# place FILE: put standard input there, whole or not at all.
place()
{
	local new

	new=$(mktemp "$(dirname "$1")/.artifacts.XXXXXX") || exit 1
	if cat > "$new" && chmod "${2:-0644}" "$new" && mv -f "$new" "$1"; then
		return
	fi
	rm -f "$new"
	die "cannot write '$1'"
}

folder()
{
	mkdir -p "$1" 2>/dev/null || die "cannot make folder '$1'"
	[[ -w $1 ]] || die "cannot write in folder '$1'"
}

# unused FILE...: keys and their certificates are never replaced.
unused()
{
	local f

	for f; do
		[[ ! -e $f ]] || die "'$f' exists already; keys are never overwritten, choose another --out"
	done
}

algorithm_check()
{
	case $1 in
	p256 | p384 | rsa2048 | rsa3072) ;;
	*) die_usage "--alg is one of p256, p384, rsa2048, rsa3072, not '$1'" ;;
	esac
}

number_check()
{
	[[ $2 =~ ^[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)) ||
		die_usage "$1 wants a number from $3 to $4, not '$2'"
}

# key_make ALG: $SCRATCH/new.key; the caller places it last, so a failure leaves nothing.
key_make()
{
	local parameters

	case $1 in
	p256) parameters="EC -pkeyopt ec_paramgen_curve:P-256" ;;
	p384) parameters="EC -pkeyopt ec_paramgen_curve:P-384" ;;
	rsa*) parameters="RSA -pkeyopt rsa_keygen_bits:${1#rsa}" ;;
	esac
	# shellcheck disable=SC2086
	quietly openssl genpkey -algorithm $parameters -out "$SCRATCH/new.key"
}

# key_digest KEY: the digest that fits the strength of the key.
key_digest()
{
	if openssl pkey -in "$1" -noout -text 2>/dev/null | grep -q 'NIST CURVE: P-384'; then
		echo sha384
	else
		echo sha256
	fi
}

# name_escape TEXT: one value inside openssl's -subj.
name_escape()
{
	local v=${1//\\/\\\\}

	v=${v//\//\\/}
	printf '%s' "${v//+/\\+}"
}

# serial_check SN: what an X.520 serialNumber (PrintableString, 1..64) can hold.
serial_check()
{
	[[ $1 =~ ^[A-Za-z0-9\ \'\(\)+,./:=?-]{1,64}$ ]] ||
		die_usage "--serial wants 1 to 64 letters, digits or ' ( ) + , - . / : = ? and space"
}

# authority DIR: DIR must be a folder made by `artifacts ca`.
authority()
{
	readable "$1/ca.pem" "$1/ca.key"
}

# certificate_issue CA SUBJECT EXTENSIONS END < key and request in $SCRATCH/request.csr
#
# END is "days N" or "date YYYYMMDDHHMMSSZ".  Writes $SCRATCH/issued.pem.
# `openssl ca` because it alone, in 3.0, takes an end date, and never copies
# extensions from a request.
certificate_issue()
{
	local ca=$1 subject=$2 extensions=$3 end=("$4" "$5") digest until

	digest=$(key_digest "$ca/ca.key")
	: > "$SCRATCH/index.txt"
	cat > "$SCRATCH/issue.cnf" <<-END
		[ca]
		default_ca = this
		[this]
		database = $SCRATCH/index.txt
		new_certs_dir = $SCRATCH
		rand_serial = yes
		unique_subject = no
		policy = any
		default_md = $digest
		copy_extensions = none
		string_mask = utf8only
		[any]
		commonName = optional
		serialNumber = optional
		[extensions]
		$extensions
	END
	if [[ ${end[0]} == days ]]; then
		until=(-days "${end[1]}")
	else
		until=(-enddate "${end[1]}")
	fi
	# Started a minute in the past: clocks of two machines never agree to the second.
	quietly openssl ca -batch -notext -utf8 -config "$SCRATCH/issue.cnf" -extensions extensions \
		-cert "$ca/ca.pem" -keyfile "$ca/ca.key" -in "$SCRATCH/request.csr" -subj "$subject" \
		-preserveDN -startdate "$(date -u -d '1 minute ago' +%Y%m%d%H%M%SZ)" "${until[@]}" \
		-out "$SCRATCH/issued.pem"
}

# request_make KEY: $SCRATCH/request.csr, a carrier for the public key.
request_make()
{
	quietly openssl req -new -utf8 -key "$1" -subj /CN=request -out "$SCRATCH/request.csr"
}

# is_root FILE: self-issued, so nothing above it has to be sent along.
is_root()
{
	[[ $(openssl x509 -in "$1" -noout -subject_hash) == $(openssl x509 -in "$1" -noout -issuer_hash) ]]
}

# chain_above CA: certificates for chain.pem of something issued by CA.
chain_above()
{
	is_root "$1/ca.pem" && return
	openssl x509 -in "$1/ca.pem"
	[[ ! -s $1/chain.pem ]] || cat "$1/chain.pem"
}

# certificate_read FILE OUT [FORM]: PEM or DER in, PEM (or FORM) out.
certificate_read()
{
	local form

	readable "$1"
	for form in PEM DER; do
		openssl x509 -inform $form -in "$1" -outform "${3-PEM}" -out "$2" 2>/dev/null && return
	done
	die "'$1' is not a certificate"
}

# text_check OPTION TEXT...: control characters have no place in what we write.
text_check()
{
	local t

	for t in "${@:2}"; do
		[[ $t != *[[:cntrl:]]* ]] || die_usage "control character in the value of $1"
	done
}

# json_string TEXT: quoted JSON string.
json_string()
{
	local v=${1//\\/\\\\}

	printf '"%s"' "${v//\"/\\\"}"
}

# json_binary FILE: the quoted base64 of a file.
json_binary()
{
	printf '"%s"' "$(openssl base64 -A -in "$1")"
}

# signed TYPE IN SIGNER-CERTIFICATE SIGNER-KEY [openssl option...]: DER SignedData on stdout.
signed()
{
	local type=$1 in=$2 certificate=$3 key=$4 content=()

	shift 4
	[[ $type == id-data ]] || content=(-econtent_type "$type")
	quietly openssl cms -sign -binary -nodetach -md "$(key_digest "$key")" "${content[@]}" \
		-in "$in" -signer "$certificate" -inkey "$key" "$@" -outform DER -out "$SCRATCH/signed.cms"
	cat "$SCRATCH/signed.cms"
}
