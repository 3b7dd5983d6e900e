# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts conveyed-information redirect   --server SERVER... SIGNING --out FILE.cms
       artifacts conveyed-information onboarding [ITEM...]          SIGNING --out FILE.cms

Makes conveyed information (RFC 8572 section 3.1): where to ask next, or what to install.

SIGNING is --owner DIR (folder of artifacts owner-certificate) or --unsigned.

  --server HOST[:PORT][=ANCHOR.pem]   in order of preference; IPv6 as [2001:db8::5];
                                      ANCHOR.pem: the server's CA chain up to its root
  --image FILE                  the boot image as delivered; its SHA-256 is written down
  --image-sha256 HEX            the same without having the file
  --image-uri URI               where devices fetch it; may be given several times
  --os-name N  --os-version V   what the image is; a device that runs it installs nothing
  --pre-script FILE             pre-configuration script
  --configuration FILE --configuration-handling merge|replace
  --post-script FILE            post-configuration script

  --out FILE.cms    the artifact, DER
  --json-only       print the document instead of making an artifact
  --id-data         content type id-data instead of .43 (JSON), for devices that want it
  --certs           attach the owner's certificate to the signature (default: not)
END
}

# server_entry HOST[:PORT][=ANCHOR.pem]
server_entry()
{
	local host=${1%%=*} anchor= port= subject

	[[ $1 != *=* ]] || anchor=${1#*=}
	if [[ $host =~ ^\[([0-9A-Fa-f:.]+)\](:([0-9]+))?$ ]]; then
		host=${BASH_REMATCH[1]} port=${BASH_REMATCH[3]-}
	elif [[ $host =~ ^([A-Za-z0-9._-]+)(:([0-9]+))?$ ]]; then
		host=${BASH_REMATCH[1]} port=${BASH_REMATCH[3]-}
	else
		die_usage "--server wants HOST[:PORT][=ANCHOR.pem], not '$1'"
	fi
	[[ -z $port ]] || number_check "port of --server" "$port" 1 65535
	printf '{"address":%s' "$(json_string "$host")"
	[[ -z $port ]] || printf ',"port":%d' "$((10#$port))"
	if [[ -n $anchor ]]; then
		readable "$anchor"
		quietly openssl crl2pkcs7 -nocrl -certfile "$anchor" -outform DER -out "$SCRATCH/anchor.cms"
		# RFC 8572 6.3: devices refuse a chain without its self-signed root.
		openssl crl2pkcs7 -nocrl -certfile "$anchor" | openssl pkcs7 -print_certs -noout |
			awk -F= '{ sub(/^[^=]*= ?/, "") } NR % 3 == 1 { s = $0 }
				NR % 3 == 2 && s == $0 { found = 1 } END { exit !found }' ||
			die "'$anchor' does not contain its self-signed root (RFC 8572 section 6.3)"
		printf ',"trust-anchor":%s' "$(json_binary "$SCRATCH/anchor.cms")"
	fi
	printf '}'
}

redirect_document()
{
	local separator= s

	printf '{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":['
	for s in "${servers[@]}"; do
		printf '%s' "$separator"
		server_entry "$s"
		separator=,
	done
	printf ']}}'
}

image_digest()
{
	if [[ -n $image ]]; then
		openssl dgst -sha256 -r "$image" | cut -d' ' -f1
	else
		printf '%s' "${sha256,,}"
	fi | sed 's/../&:/g; s/:$//'
}

# join OPEN CLOSE TEXT...: the texts with commas between, in brackets.
join()
{
	local open=$1 close=$2 IFS=,

	shift 2
	printf '%s%s%s' "$open" "$*" "$close"
}

onboarding_document()
{
	local top=() boot=() uri list=()

	[[ -z $os_name ]] || boot+=("\"os-name\":$(json_string "$os_name")")
	[[ -z $os_version ]] || boot+=("\"os-version\":$(json_string "$os_version")")
	if ((${#uris[@]})); then
		for uri in "${uris[@]}"; do
			list+=("$(json_string "$uri")")
		done
		boot+=("\"download-uri\":$(join [ ] "${list[@]}")")
		boot+=('"image-verification":[{"hash-algorithm":"ietf-sztp-conveyed-info:sha-256","hash-value":"'"$(image_digest)"'"}]')
	fi
	((${#boot[@]} == 0)) || top+=("\"boot-image\":$(join { } "${boot[@]}")")
	[[ -z $pre ]] || top+=("\"pre-configuration-script\":$(json_binary "$pre")")
	[[ -z $configuration ]] || top+=("\"configuration-handling\":\"$handling\"" \
		"\"configuration\":$(json_binary "$configuration")")
	[[ -z $post ]] || top+=("\"post-configuration-script\":$(json_binary "$post")")
	printf '{"ietf-sztp-conveyed-info:onboarding-information":%s}' "$(join { } "${top[@]}")"
}

# artifact DOCUMENT: DER on stdout.
artifact()
{
	local type=$OID_CONVEYED_JSON attach=(-nocerts)

	[[ -z $id_data ]] || type=id-data
	if [[ -n $owner ]]; then
		[[ -z $certs ]] || attach=()
		signed "$type" "$1" "$owner/owner.pem" "$owner/owner.key" "${attach[@]}"
	elif [[ $type == id-data ]]; then
		quietly openssl cms -data_create -binary -in "$1" -outform DER -out "$SCRATCH/data.cms"
		cat "$SCRATCH/data.cms"
	else
		# No cms subcommand writes a ContentInfo of another type.
		{
			printf 'asn1=SEQUENCE:c\n[c]\nt=OID:%s\nv=EXPLICIT:0,FORMAT:HEX,OCTETSTRING:' "$type"
			od -An -v -tx1 "$1" | tr -d ' \n'
			echo
		} > "$SCRATCH/bare.cnf"
		quietly openssl asn1parse -genconf "$SCRATCH/bare.cnf" -noout -out "$SCRATCH/data.cms"
		cat "$SCRATCH/data.cms"
	fi
}

command_main()
{
	local kind=${1-} out= owner= unsigned= json= id_data= certs= servers=()
	local image= sha256= uris=() os_name= os_version= pre= configuration= handling= post= f

	case $kind in
	redirect | onboarding) shift ;;
	*) die_usage "say redirect or onboarding first" ;;
	esac
	while (($#)); do
		case $1 in
		--unsigned) unsigned=1; shift; continue ;;
		--json-only) json=1; shift; continue ;;
		--id-data) id_data=1; shift; continue ;;
		--certs) certs=1; shift; continue ;;
		--nocerts) certs=; shift; continue ;;
		esac
		case $kind:$1 in
		*:--out) argument $# "$1"; out=$2 ;;
		*:--owner) argument $# "$1"; owner=$2 ;;
		redirect:--server) argument $# "$1"; servers+=("$2") ;;
		onboarding:--image) argument $# "$1"; image=$2 ;;
		onboarding:--image-sha256) argument $# "$1"; sha256=$2 ;;
		onboarding:--image-uri) argument $# "$1"; uris+=("$2") ;;
		onboarding:--os-name) argument $# "$1"; os_name=$2 ;;
		onboarding:--os-version) argument $# "$1"; os_version=$2 ;;
		onboarding:--pre-script) argument $# "$1"; pre=$2 ;;
		onboarding:--configuration) argument $# "$1"; configuration=$2 ;;
		onboarding:--configuration-handling) argument $# "$1"; handling=$2 ;;
		onboarding:--post-script) argument $# "$1"; post=$2 ;;
		*) die_usage "unknown option '$1' for $kind" ;;
		esac
		shift 2
	done
	for f in "$image" "$pre" "$configuration" "$post"; do
		[[ -z $f ]] || readable "$f"
	done
	text_check --os-name "$os_name"
	text_check --os-version "$os_version"
	text_check --image-uri "${uris[@]}"
	[[ $kind == onboarding ]] || required --server "${servers[*]-}"
	[[ -z $image || -z $sha256 ]] || die_usage "--image and --image-sha256 exclude each other"
	[[ -z $sha256 || $sha256 =~ ^[0-9A-Fa-f]{64}$ ]] || die_usage "--image-sha256 wants 64 hex digits"
	[[ -n $image$sha256 || ${#uris[@]} == 0 ]] ||
		die_usage "--image-uri wants --image or --image-sha256: devices install nothing unverified"
	[[ -z $image$sha256 || ${#uris[@]} != 0 ]] || die_usage "--image wants --image-uri"
	[[ $handling =~ ^(merge|replace|)$ ]] ||
		die_usage "--configuration-handling is merge or replace, not '$handling'"
	[[ -n $configuration && -n $handling || -z $configuration$handling ]] ||
		die_usage "--configuration and --configuration-handling go together (RFC 8572 section 6.3)"
	"${kind}_document" > "$SCRATCH/document.json"
	[[ -z $json ]] || { cat "$SCRATCH/document.json"; echo; return; }

	required --out "$out"
	[[ -n $owner || -n $unsigned ]] || die_usage "say --owner DIR or --unsigned"
	[[ -z $owner || -z $unsigned ]] || die_usage "--owner and --unsigned exclude each other"
	[[ -z $owner ]] || readable "$owner/owner.pem" "$owner/owner.key"
	folder "$(dirname "$out")"
	artifact "$SCRATCH/document.json" | place "$out"
}
