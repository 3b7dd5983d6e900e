# SPDX-License-Identifier: MIT
#
# YANG: documents of conveyed information, JSON and XML, all of them well signed.

readonly M=ietf-sztp-conveyed-info NS=urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info
readonly SHA=68:96:d9:ea:3f:73:a4:43:4f:58:32:bc:65:71:4e:7d:06:6f:17:73:73:f3:6f:34:dc:8a:6f:73:5d:aa:41:b1

# A document is read from standard input.  yes: accepted, and printed as it is (or, for XML, as
# documents/NAME.json says); yes_kind: only the kind is fixed, because what is printed of
# unknown or null nodes is open; no: refused.
# yes NAME NUMBERS DESCRIPTION [NAME=VALUE...]
yes()
{
	cat > "doc-$1.json"
	ci "doc-$1" "doc-$1.json"
	cp "doc-$1.json" "$out/documents/$1.json"
	vector "doc-$1" accept "${@:2:2}" "ci=doc-$1" "document=$(kind_of "doc-$1.json" "$1")" "${@:4}"
}
# The kind decides what vector() calls it, so a redirect's document file begins with that word.
kind_of()
{
	if grep -q redirect-information "$1"; then
		[ "${2#redirect}" != "$2" ] || { mv "$out/documents/$2.json" "$out/documents/redirect-$2.json"; set -- "$1" "redirect-$2"; }
	fi
	echo "$2"
}
yes_kind()
{
	cat > "doc-$1.json"
	ci "doc-$1" "doc-$1.json"
	local kind=onboarding
	! grep -q redirect-information "doc-$1.json" || kind=redirect
	vector "doc-$1" accept "${@:2:2}" "ci=doc-$1" "document=$kind:-" "${@:4}"
}
no()
{
	cat > "doc-$1.json"
	ci "doc-$1" "doc-$1.json"
	vector "doc-$1" refuse "${@:2:2}" "ci=doc-$1" "${@:4}"
}
# The same for XML; xml_yes gives the document that is expected as JSON.
# xml_yes NAME NUMBERS DESCRIPTION JSON
xml_yes()
{
	cat > "doc-$1.xml"
	type=$XML ci "doc-$1" "doc-$1.xml"
	printf '%s\n' "$4" > "doc-$1.json"
	cp "doc-$1.json" "$out/documents/$1.json"
	vector "doc-$1" accept "${@:2:2}" "ci=doc-$1" "document=$(kind_of "doc-$1.json" "$1")" "${@:5}"
}
xml_yes_kind()
{
	cat > "doc-$1.xml"
	type=$XML ci "doc-$1" "doc-$1.xml"
	local kind=onboarding
	! grep -q redirect-information "doc-$1.xml" || kind=redirect
	vector "doc-$1" accept "${@:2:2}" "ci=doc-$1" "document=$kind:-" "${@:4}"
}
xml_no()
{
	cat > "doc-$1.xml"
	type=$XML ci "doc-$1" "doc-$1.xml"
	vector "doc-$1" refuse "${@:2:2}" "ci=doc-$1" "${@:4}"
}
onboarding() { printf '{"%s:onboarding-information":{%s}}\n' $M "$1"; }
redirect() { printf '{"%s:redirect-information":{"bootstrap-server":[%s]}}\n' $M "$1"; }
xml_onboarding() { printf '<onboarding-information xmlns="%s">%s</onboarding-information>\n' $NS "$1"; }
xml_redirect() { printf '<redirect-information xmlns="%s">%s</redirect-information>\n' $NS "$1"; }
image() { onboarding "\"boot-image\":{$1}"; }
verified() { image "\"download-uri\":[\"https://files.example.net/os/image.bin\"],\"image-verification\":[$1]"; }
hash() { printf '{"hash-algorithm":"%s:sha-256","hash-value":"%s"}' $M "${1-$SHA}"; }

# --- EX-5: the worked examples --------------------------------------------------------------------

openssl crl2pkcs7 -nocrl -certfile oint.pem -certfile oroot.pem -outform DER -out anchor.cms
anchor=$(base64 -w0 anchor.cms)
yes example-onboarding "EX-5 YANG-1 YANG-2 YANG-4 YANG-5 ENCODE-4" "The worked example of onboarding information" <<END_OF_DOCUMENT
{"ietf-sztp-conveyed-info:onboarding-information":{
  "boot-image":{"os-name":"ExampleOS","os-version":"1.2.3",
    "download-uri":["https://files.example.net/os/image.bin","http://192.0.2.10/image.bin"],
    "image-verification":[{"hash-algorithm":"ietf-sztp-conveyed-info:sha-256",
      "hash-value":"$SHA"}]},
  "pre-configuration-script":"IyEvYmluL3NoCmVjaG8gcHJlCmV4aXQgMAo=",
  "configuration-handling":"replace",
  "configuration":"aG9zdG5hbWU9ZWRnZTEK",
  "post-configuration-script":"IyEvYmluL3NoCmVjaG8gcG9zdApleGl0IDAK"}}
END_OF_DOCUMENT
yes redirect-example "EX-5 YANG-1 YANG-2 ENCODE-4 REDIR-13" "The worked example of redirect information, with trust anchors" <<END_OF_DOCUMENT
{"ietf-sztp-conveyed-info:redirect-information":{"bootstrap-server":[
  {"address":"boot1.example.net","port":8443,"trust-anchor":"$anchor"},
  {"address":"2001:db8::5","trust-anchor":"$anchor"}]}}
END_OF_DOCUMENT
xml_yes xml-redirect-example "EX-5 YANG-1" "The worked example of redirect information in XML" "$(redirect '{"address":"boot1.example.net","port":8443}')" <<END_OF_DOCUMENT
<redirect-information xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info">
  <bootstrap-server><address>boot1.example.net</address><port>8443</port></bootstrap-server>
</redirect-information>
END_OF_DOCUMENT
xml_yes xml-example-onboarding "YANG-1 YANG-4 YANG-5 YANG-14 ENCODE-4" "Onboarding information with everything, in XML" "$(cat doc-example-onboarding.json)" <<END_OF_DOCUMENT
<onboarding-information xmlns="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info" xmlns:sztp="urn:ietf:params:xml:ns:yang:ietf-sztp-conveyed-info">
  <boot-image>
    <os-name>ExampleOS</os-name>
    <os-version>1.2.3</os-version>
    <download-uri>https://files.example.net/os/image.bin</download-uri>
    <download-uri>http://192.0.2.10/image.bin</download-uri>
    <image-verification>
      <hash-algorithm>sztp:sha-256</hash-algorithm>
      <hash-value>$SHA</hash-value>
    </image-verification>
  </boot-image>
  <pre-configuration-script>IyEvYmluL3NoCmVjaG8gcHJlCmV4aXQgMAo=</pre-configuration-script>
  <configuration-handling>replace</configuration-handling>
  <configuration>aG9zdG5hbWU9ZWRnZTEK</configuration>
  <post-configuration-script>IyEvYmluL3NoCmVjaG8gcG9zdApleGl0IDAK</post-configuration-script>
</onboarding-information>
END_OF_DOCUMENT
xml_yes xml-redirect-two "YANG-1 YANG-14 ENCODE-4" "Redirect information with trust anchors, in XML" "$(cat doc-redirect-example.json)" < <(
	xml_redirect "<bootstrap-server><address>boot1.example.net</address><port>8443</port><trust-anchor>$anchor</trust-anchor></bootstrap-server>
	<bootstrap-server><address>2001:db8::5</address><trust-anchor>$anchor</trust-anchor></bootstrap-server>")

# --- YANG-1, YANG-2: the top ----------------------------------------------------------------------

yes empty-onboarding "YANG-1" "Onboarding information without anything in it" < <(onboarding '')
xml_yes xml-empty-onboarding "YANG-1" "The same in XML" "$(onboarding '')" < <(xml_onboarding '')
no wrapper "YANG-1 YANG-2" "A wrapper called conveyed-information" <<< "{\"$M:conveyed-information\":{\"redirect-information\":{\"bootstrap-server\":[{\"address\":\"192.0.2.1\"}]}}}"
no unprefixed "YANG-1 YANG-2" "The top-level name without its module" <<< '{"redirect-information":{"bootstrap-server":[{"address":"192.0.2.1"}]}}'
no other-module "YANG-1 YANG-2" "The top-level name in another module" <<< '{"example:redirect-information":{"bootstrap-server":[{"address":"192.0.2.1"}]}}'
no both "YANG-2" "Redirect and onboarding information in one document" \
	<<< "{\"$M:redirect-information\":{\"bootstrap-server\":[{\"address\":\"192.0.2.1\"}]},\"$M:onboarding-information\":{}}"
no neither "YANG-2 YANG-1" "An empty object" <<< '{}'
no other-only "YANG-2 YANG-1" "Only nodes nobody knows" <<< '{"example:colour":"green"}'
no list "YANG-1 YANG-2" "A list around the document" also="YANG-14 CI-5" < <(echo "[$(onboarding '')]")
no text-value "YANG-1 YANG-2" "onboarding-information is a string" <<< "{\"$M:onboarding-information\":\"\"}"
no list-value "YANG-1 YANG-2" "onboarding-information is a list" <<< "{\"$M:onboarding-information\":[{}]}"
no null-value "YANG-1 YANG-2" "onboarding-information is null" <<< "{\"$M:onboarding-information\":null}"
no no-servers "YANG-1" "Redirect information without bootstrap-server" <<< "{\"$M:redirect-information\":{}}"
no empty-servers "YANG-1" "Redirect information with an empty list" < <(redirect '')
no servers-object "YANG-1" "bootstrap-server is an object, not a list" <<< "{\"$M:redirect-information\":{\"bootstrap-server\":{\"address\":\"192.0.2.1\"}}}"
no server-text "YANG-1" "An entry of bootstrap-server is a string" < <(redirect '"192.0.2.1"')
xml_no xml-wrapper "YANG-1 YANG-2" "XML with a wrapper called conveyed-information" <<< "<conveyed-information xmlns=\"$NS\"><onboarding-information/></conveyed-information>"
xml_no xml-no-namespace "YANG-1 YANG-2" "XML without namespace" <<< '<onboarding-information/>'
xml_no xml-other-namespace "YANG-1 YANG-2" "XML in another namespace" <<< '<onboarding-information xmlns="urn:example:other"/>'
xml_no xml-child-namespace "REDIR-13 YANG-1" "XML whose address is in another namespace, and so missing" \
	< <(xml_redirect '<bootstrap-server><address xmlns="urn:example:other">192.0.2.1</address></bootstrap-server>') also=YANG-12
xml_no xml-no-servers "YANG-1" "XML redirect information without bootstrap-server" < <(xml_redirect '')
xml_no xml-two-roots "YANG-2 YANG-14" "XML with two root elements" < <(xml_onboarding ''; xml_redirect '<bootstrap-server><address>192.0.2.1</address></bootstrap-server>') also="YANG-13 YANG-1"
xml_yes xml-prefix "YANG-1" "XML whose namespace has a prefix" "$(redirect '{"address":"192.0.2.1"}')" \
	<<< "<s:redirect-information xmlns:s=\"$NS\"><s:bootstrap-server><s:address>192.0.2.1</s:address></s:bootstrap-server></s:redirect-information>"
xml_no xml-text-between "YANG-1" "XML with text between the elements" < <(xml_onboarding 'hello') level=may also="YANG-2 YANG-13 YANG-14 YANG-12"

# --- YANG-3 -----------------------------------------------------------------------------------------

yes_kind prefixed "YANG-3" "Children's names with the module's prefix" <<< "{\"$M:redirect-information\":{\"$M:bootstrap-server\":[{\"$M:address\":\"192.0.2.1\",\"$M:port\":8443}]}}" level=should
no other-prefix "REDIR-13 YANG-3" "address with another module's prefix, and so missing" < <(redirect '{"example:address":"192.0.2.1"}') also="YANG-1 YANG-12"
no prefixed-twice "YANG-13" "address twice, once with the module's prefix" < <(redirect "{\"address\":\"192.0.2.1\",\"$M:address\":\"192.0.2.2\"}") also="REDIR-13 YANG-3"

# --- addresses, YANG-11 --------------------------------------------------------------------------------

yes redirect-ip4 "REDIR-13 YANG-1" "An IPv4 address, no port" < <(redirect '{"address":"192.0.2.1"}')
yes redirect-ip6 "REDIR-13" "An IPv6 address" < <(redirect '{"address":"2001:db8::5","port":443}')
yes redirect-same "YANG-11" "One address with two ports" < <(redirect '{"address":"192.0.2.1","port":443},{"address":"192.0.2.1","port":8443}') level=should
yes redirect-port-max "REDIR-13" "Port 65535" < <(redirect '{"address":"192.0.2.1","port":65535}')
yes redirect-port-zero-first "YANG-11" "The first entry has port 0, the second is good" < <(redirect '{"address":"192.0.2.1","port":0},{"address":"192.0.2.2"}')
no port-zero "YANG-11" "The only entry has port 0" < <(redirect '{"address":"192.0.2.1","port":0}')
no port-large "REDIR-13" "Port 65536" < <(redirect '{"address":"192.0.2.1","port":65536}') also="YANG-1 YANG-11"
no port-negative "REDIR-13" "Port -1" < <(redirect '{"address":"192.0.2.1","port":-1}') also="YANG-1 YANG-11"
no port-fraction "REDIR-13" "Port 443.5" < <(redirect '{"address":"192.0.2.1","port":443.5}') also="YANG-1 YANG-11"
no port-text "REDIR-13" "Port is a string: uint16 is a number in JSON (RFC 7951, 6.1)" < <(redirect '{"address":"192.0.2.1","port":"8443"}') also="YANG-1 YANG-11" level=should
no no-address "REDIR-13" "An entry without address" < <(redirect '{"port":8443}') also=YANG-1
no address-number "REDIR-13" "An address that is a number" < <(redirect '{"address":7}') also=YANG-1
no address-empty "REDIR-13" "An empty address" < <(redirect '{"address":""}') also=YANG-1
no address-uri "REDIR-13" "A URI as address" < <(redirect '{"address":"https://boot1.example.net"}') also=YANG-1
no address-port "REDIR-13" "An address with a port behind it" < <(redirect '{"address":"boot1.example.net:8443"}') also=YANG-1
no address-blank "REDIR-13" "An address with a blank" < <(redirect '{"address":"boot1 example.net"}') also=YANG-1
no address-label "REDIR-13" "A host name with a label of 64 letters" < <(redirect "{\"address\":\"$(printf 'a%.0s' {1..64}).example.net\"}") also="YANG-1 DNS-23"
yes redirect-label "REDIR-13" "A host name with a label of 63 letters" < <(redirect "{\"address\":\"$(printf 'a%.0s' {1..63}).example.net\"}")
xml_no xml-port-large "REDIR-13" "XML with port 65536" < <(xml_redirect '<bootstrap-server><address>192.0.2.1</address><port>65536</port></bootstrap-server>') also="YANG-1 YANG-11"
xml_no xml-port-text "REDIR-13" "XML with a port that is no number" < <(xml_redirect '<bootstrap-server><address>192.0.2.1</address><port>https</port></bootstrap-server>') also="YANG-1 YANG-11"
xml_no xml-two-addresses "YANG-13" "XML with address twice in one entry" < <(xml_redirect '<bootstrap-server><address>192.0.2.1</address><address>192.0.2.2</address></bootstrap-server>') also="REDIR-13 YANG-1"
yes redirect-bad-anchor-first "REDIR-10" "The first entry's trust-anchor is not base64, the second entry is good" < <(redirect '{"address":"192.0.2.1","trust-anchor":"!"},{"address":"192.0.2.2"}')
no bad-anchor "REDIR-10 ENCODE-4" "The only entry's trust-anchor is not base64" < <(redirect '{"address":"192.0.2.1","trust-anchor":"!"}') also=REDIR-8
no empty-anchor "REDIR-10 ENCODE-4" "The only entry's trust-anchor is empty" < <(redirect '{"address":"192.0.2.1","trust-anchor":""}') also=REDIR-8

# --- YANG-4, YANG-5, YANG-7, YANG-9, YANG-10: boot image ---------------------------------------------------

yes hash-prefixed "YANG-4 YANG-5" "hash-algorithm with the module's prefix" < <(verified "$(hash)")
yes_kind hash-unprefixed "YANG-4" "hash-algorithm without prefix" < <(verified "{\"hash-algorithm\":\"sha-256\",\"hash-value\":\"$SHA\"}")
yes hash-capitals "YANG-5" "hash-value in capital letters" < <(verified "$(hash "${SHA^^}")")
yes hash-no-colons "YANG-5" "hash-value without colons" < <(verified "$(hash "${SHA//:/}")") level=should
no hash-short "YANG-5" "hash-value of 31 octets" < <(verified "$(hash "${SHA%:*}")")
no hash-long "YANG-5" "hash-value of 33 octets" < <(verified "$(hash "$SHA:00")")
no hash-odd "YANG-5" "hash-value whose last octet has one digit" < <(verified "$(hash "${SHA%?}")")
no hash-letters "YANG-5" "hash-value with a letter that is no digit" < <(verified "$(hash "${SHA/68/6g}")")
no hash-colon-first "YANG-5" "hash-value that begins with a colon" < <(verified "$(hash ":$SHA")")
no hash-colon-last "YANG-5" "hash-value that ends in a colon" < <(verified "$(hash "$SHA:")")
no hash-colons-some "YANG-5" "hash-value with some of its colons" < <(verified "$(hash "${SHA/:/}")") level=may
no hash-empty "YANG-5" "An empty hash-value" < <(verified "$(hash '')")
no hash-missing "YANG-5" "image-verification without hash-value" < <(verified "{\"hash-algorithm\":\"$M:sha-256\"}") also=YANG-4
no hash-number "YANG-5" "hash-value is a number" < <(verified "{\"hash-algorithm\":\"$M:sha-256\",\"hash-value\":7}") also=YANG-1
no hash-no-algorithm "YANG-4" "image-verification without hash-algorithm" < <(verified "{\"hash-value\":\"$SHA\"}") also=YANG-5
no hash-object "YANG-5" "image-verification is an object, not a list" < <(image "\"download-uri\":[\"https://files.example.net/i\"],\"image-verification\":$(hash)") also="YANG-1 YANG-4"
no hash-no-uri "YANG-7" "image-verification without download-uri" < <(image "\"image-verification\":[$(hash)]")
no hash-empty-uris "YANG-7" "image-verification and an empty list of download-uri" < <(image "\"download-uri\":[],\"image-verification\":[$(hash)]")
yes_kind hash-repeated "YANG-9" "The same sha-256 twice" < <(verified "$(hash),$(hash)")
no hash-differs "YANG-9" "Two different sha-256" < <(verified "$(hash),$(hash "${SHA/68/69}")")
no hash-differs-form "YANG-9" "Two different sha-256, one with the module's prefix and one without" \
	< <(verified "$(hash),{\"hash-algorithm\":\"sha-256\",\"hash-value\":\"${SHA/68/69}\"}")
yes_kind hash-other-beside "YANG-10" "sha-384, which no RFC defines, beside sha-256" < <(verified "{\"hash-algorithm\":\"$M:sha-384\",\"hash-value\":\"$SHA:$SHA\"},$(hash)")
yes_kind hash-other-only "YANG-10" "An algorithm nobody knows, alone: the image step will refuse it, reading does not" < <(verified '{"hash-algorithm":"example:crc","hash-value":"00:11"}') level=should
yes uri-only "YANG-7" "download-uri without image-verification" < <(image '"download-uri":["https://files.example.net/i"]')
yes os-only "YANG-1" "boot-image with os-name and os-version only" < <(image '"os-name":"ExampleOS","os-version":"1"')
yes empty-image "YANG-1" "An empty boot-image" < <(image '')
no uri-text "YANG-1" "download-uri is a string, not a list" < <(image '"download-uri":"https://files.example.net/i"')
no uri-number "YANG-1" "An entry of download-uri is a number" < <(image '"download-uri":[7]')
no os-number "YANG-1" "os-version is a number" < <(image '"os-version":12')
no image-text "YANG-1" "boot-image is a string" < <(onboarding '"boot-image":"https://files.example.net/i"')
xml_verified() { xml_onboarding "<boot-image><download-uri>https://files.example.net/os/image.bin</download-uri>$1</boot-image>"; }
xml_hash() { printf '<image-verification><hash-algorithm%s</hash-algorithm><hash-value>%s</hash-value></image-verification>' "$1" "${2-$SHA}"; }
xml_yes xml-hash-default "YANG-4" "XML: hash-algorithm without prefix, default namespace" "$(verified "$(hash)")" < <(xml_verified "$(xml_hash '>sha-256')")
xml_yes xml-hash-prefix "YANG-4" "XML: hash-algorithm with a prefix declared on the element itself" "$(verified "$(hash)")" < <(xml_verified "$(xml_hash " xmlns:a=\"$NS\">a:sha-256")")
xml_yes_kind xml-hash-blanks "YANG-4 YANG-5" "XML: blanks around hash-algorithm and hash-value" < <(xml_verified "$(xml_hash '> sha-256 ' " $SHA ")") level=may
xml_yes_kind xml-hash-other "YANG-4 YANG-10" "XML: a prefix of another namespace makes it another algorithm, beside the right one" \
	< <(xml_verified "$(xml_hash ' xmlns:a="urn:example:other">a:sha-256' "${SHA/68/69}")$(xml_hash '>sha-256')")
xml_no xml-hash-undeclared "YANG-4" "XML: hash-algorithm with a prefix nobody declared" < <(xml_verified "$(xml_hash '>a:sha-256')") level=may also="YANG-10 YANG-14 YANG-13"
xml_no xml-hash-differs "YANG-9" "XML: two different sha-256" < <(xml_verified "$(xml_hash '>sha-256')$(xml_hash '>sha-256' "${SHA/68/69}")")
xml_no xml-hash-short "YANG-5" "XML: hash-value of 31 octets" < <(xml_verified "$(xml_hash '>sha-256' "${SHA%:*}")")
xml_no xml-hash-no-uri "YANG-7" "XML: image-verification without download-uri" < <(xml_onboarding "<boot-image>$(xml_hash '>sha-256')</boot-image>")

# --- YANG-6, YANG-8, ENCODE-4: configuration and scripts ------------------------------------------------------

yes replace "YANG-6" "configuration and configuration-handling replace" < <(onboarding '"configuration-handling":"replace","configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no handling-missing "YANG-6" "configuration without configuration-handling" < <(onboarding '"configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no configuration-missing "YANG-6" "configuration-handling without configuration" < <(onboarding '"configuration-handling":"merge"')
no handling-other "YANG-6" "configuration-handling is delete" < <(onboarding '"configuration-handling":"delete","configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no handling-capital "YANG-6" "configuration-handling is Merge" < <(onboarding '"configuration-handling":"Merge","configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no handling-empty "YANG-6" "configuration-handling is empty" < <(onboarding '"configuration-handling":"","configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no handling-number "YANG-6" "configuration-handling is a number" < <(onboarding '"configuration-handling":1,"configuration":"aG9zdG5hbWU9ZWRnZTEK"') also=YANG-1
yes_kind nulls "YANG-8" "Unused nodes are null, as a field tool writes them" \
	< <(onboarding '"boot-image":{"download-uri":["file:///disk2:/images/x.iso"]},"pre-configuration-script":null,"configuration-handling":"merge","configuration":null,"post-configuration-script":null')
yes_kind null-handling "YANG-8" "configuration and configuration-handling are both null" < <(onboarding '"configuration-handling":null,"configuration":null')
no null-handling-only "YANG-6 YANG-8" "configuration-handling is null beside a configuration" < <(onboarding '"configuration-handling":null,"configuration":"aG9zdG5hbWU9ZWRnZTEK"')
yes_kind null-image "YANG-8" "boot-image is null" < <(onboarding '"boot-image":null') level=should
yes_kind null-port "YANG-8" "port is null" < <(redirect '{"address":"192.0.2.1","port":null,"trust-anchor":null}') level=should
no null-address "REDIR-13 YANG-8" "address is null: it is not optional" < <(redirect '{"address":null}') also=YANG-1
for leaf in pre-configuration-script configuration post-configuration-script; do
	more=
	[ $leaf != configuration ] || more='"configuration-handling":"merge",'
	no $leaf-base64 "ENCODE-4" "$leaf is not base64" < <(onboarding "$more\"$leaf\":\"hostname=edge1\"")
	no $leaf-padding "ENCODE-4" "$leaf lacks the padding of its base64" < <(onboarding "$more\"$leaf\":\"aG9zdG5hbWU9ZWRnZTEKCg\"")
	no $leaf-number "ENCODE-4" "$leaf is a number" < <(onboarding "$more\"$leaf\":7") also="YANG-1 YANG-6"
	no $leaf-list "ENCODE-4" "$leaf is a list" < <(onboarding "$more\"$leaf\":[\"aG9zdG5hbWU9ZWRnZTEK\"]") also="YANG-1 YANG-6"
	yes $leaf-large "ENCODE-4" "$leaf of 12 KiB" < <(onboarding "$more\"$leaf\":\"$(head -c 12288 /dev/zero | tr '\0' a | base64 -w0)\"")
	xml_no xml-$leaf-base64 "ENCODE-4" "XML: $leaf is not base64" < <(
		[ $leaf != configuration ] || handling='<configuration-handling>merge</configuration-handling>'
		xml_onboarding "${handling-}<$leaf>hostname=edge1</$leaf>")
done
yes base64-lines "ENCODE-4" "Base64 in lines" < <(onboarding '"pre-configuration-script":"IyEvYmluL3NoCmVjaG8g\ncHJlCmV4aXQgMAo="') level=should
no base64-url "ENCODE-4" "base64url, with the letters - and _" < <(onboarding '"pre-configuration-script":"-_-_"')
no base64-bits "ENCODE-4" "Bits left over in base64 that are not 0" < <(onboarding '"pre-configuration-script":"IyF="') level=may
no base64-inside "ENCODE-4" "Padding in the middle of base64" < <(onboarding '"pre-configuration-script":"IyE=IyE="')
yes base64-binary "ENCODE-4" "Every octet value in a configuration" < <(onboarding "\"configuration-handling\":\"merge\",\"configuration\":\"$(
	for i in {0..255}; do printf "\\x$(printf %02x $i)"; done | base64 -w0)\"")
xml_yes_kind xml-base64-lines "ENCODE-4" "XML: base64 in lines, as XML writers like it" < <(xml_onboarding '<pre-configuration-script>
    IyEvYmluL3NoCmVjaG8g
    cHJlCmV4aXQgMAo=
  </pre-configuration-script>')
xml_no xml-handling-missing "YANG-6" "XML: configuration without configuration-handling" < <(xml_onboarding '<configuration>aG9zdG5hbWU9ZWRnZTEK</configuration>')
xml_no xml-configuration-missing "YANG-6" "XML: configuration-handling without configuration" < <(xml_onboarding '<configuration-handling>merge</configuration-handling>')
xml_no xml-configuration-twice "YANG-13" "XML: configuration twice" < <(xml_onboarding '<configuration-handling>merge</configuration-handling><configuration>aG9zdG5hbWU9ZWRnZTEK</configuration><configuration>aG9zdG5hbWU9ZWRnZTIK</configuration>') also="YANG-6 YANG-1 ENCODE-4"

# --- YANG-12: unknown nodes ---------------------------------------------------------------------------------------

yes_kind unknown "YANG-12" "Nodes nobody knows at each level" <<< "{\"$M:redirect-information\":{\"bootstrap-server\":[{\"address\":\"192.0.2.1\",\"colour\":\"green\"}],\"example:x\":[1,{}]},\"example:y\":null}"
yes_kind unknown-onboarding "YANG-12" "Nodes nobody knows in onboarding information" < <(onboarding '"boot-image":{"os-name":"ExampleOS","size":7},"example:licence":"abc"')
xml_yes_kind xml-unknown "YANG-12" "XML: elements nobody knows" < <(xml_redirect '<bootstrap-server><address>192.0.2.1</address><colour>green</colour></bootstrap-server><x xmlns="urn:example:other"><y/></x>')
xml_yes_kind xml-attribute "YANG-12" "XML: an attribute nobody knows" < <(xml_redirect '<bootstrap-server xmlns:o="urn:example:other" o:origin="x"><address>192.0.2.1</address></bootstrap-server>')

# --- YANG-13: limits and hostile documents ---------------------------------------------------------------------------

nest() { printf "$2%.0s" $(seq "$1"); }
yes_kind depth-30 "YANG-13" "An unknown node of 30 levels" < <(onboarding "\"example:x\":$(nest 30 '[')$(nest 30 ']')")
no depth-33 "YANG-13" "An unknown node that makes it 33 levels" < <(onboarding "\"example:x\":$(nest 31 '[')$(nest 31 ']')") level=may
no depth-10000 "YANG-13" "10000 levels" < <(onboarding "\"example:x\":$(nest 10000 '[')$(nest 10000 ']')") also=YANG-14
no twice "YANG-13" "configuration-handling twice, merge and replace" < <(onboarding '"configuration-handling":"merge","configuration":"aG9zdG5hbWU9ZWRnZTEK","configuration-handling":"replace"')
no twice-same "YANG-13" "configuration twice, the same both times" < <(onboarding '"configuration-handling":"merge","configuration":"aG9zdG5hbWU9ZWRnZTEK","configuration":"aG9zdG5hbWU9ZWRnZTEK"')
no twice-escaped "YANG-13" "configuration twice, once escaped" < <(onboarding '"configuration-handling":"merge","configuration":"aG9zdG5hbWU9ZWRnZTEK","conf\u0069guration":"aG9zdG5hbWU9ZWRnZTIK"')
no twice-root "YANG-13" "onboarding-information twice" <<< "{\"$M:onboarding-information\":{},\"$M:onboarding-information\":{\"boot-image\":{}}}"
no twice-deep "YANG-13" "hash-value twice" < <(verified "{\"hash-algorithm\":\"$M:sha-256\",\"hash-value\":\"$SHA\",\"hash-value\":\"${SHA/68/69}\"}")
no cut "YANG-14" "JSON without its end" < <(onboarding '' | head -c -3) also=YANG-13
no behind "YANG-14" "Something follows the JSON" < <(onboarding ''; echo '{}') also=YANG-13
no comma "YANG-14" "A comma too many" < <(onboarding '"boot-image":{},') also=YANG-13
no quotes "YANG-14" "Single quotes" <<< "{'$M:onboarding-information':{}}" also=YANG-13
no comment "YANG-14" "A comment in JSON" < <(onboarding '/* nothing */') also=YANG-13
no nan "YANG-14" "A number NaN" < <(onboarding '"example:x":NaN') also=YANG-13
no control "YANG-14" "A line end inside a string" < <(onboarding $'"example:x":"a\nb"') also=YANG-13
no utf-8 "YANG-14" "Octets that are no UTF-8" < <(onboarding $'"example:x":"\xc3\x28"') also=YANG-13
no utf-8-surrogate "YANG-14" "A surrogate encoded in UTF-8" < <(onboarding $'"example:x":"\xed\xa0\x80"') also=YANG-13
no surrogate "YANG-14" "Half a surrogate pair, escaped" < <(onboarding '"example:x":"\ud800"') also=YANG-13 level=may
no utf-16 "CI-5" "UTF-16" < <(onboarding '' | iconv -t UTF-16LE) also="YANG-14 CI-6 YANG-13 YANG-1"
yes letters "YANG-13" "Letters beyond ASCII and beyond the BMP" < <(image '"os-name":"Betriebssystem Größe 😀","os-version":"\u00e9\ud83d\ude00"')
xml_no xml-doctype "YANG-13" "XML with a DOCTYPE" < <(echo '<!DOCTYPE onboarding-information>'; xml_onboarding '')
xml_no xml-entity "YANG-13" "XML with an entity of its own" < <(echo '<!DOCTYPE o [<!ENTITY a "192.0.2.1">]>'; xml_redirect '<bootstrap-server><address>&a;</address></bootstrap-server>')
xml_no xml-external "YANG-13" "XML with an external entity" < <(echo '<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/hostname">]>'; xml_redirect '<bootstrap-server><address>&a;</address></bootstrap-server>')
xml_no xml-external-dtd "YANG-13" "XML with an external DTD" < <(echo '<!DOCTYPE o SYSTEM "http://192.0.2.1/o.dtd">'; xml_onboarding '')
xml_no xml-laughs "YANG-13" "XML whose entities multiply" < <(
	printf '<!DOCTYPE o [<!ENTITY a0 "ha">'
	for i in {1..9}; do printf '<!ENTITY a%d "%s">' $i "$(printf "&a$((i - 1));%.0s" {1..10})"; done
	echo ']>'; xml_redirect '<bootstrap-server><address>&a9;</address></bootstrap-server>')
xml_no xml-undefined "YANG-13 YANG-14" "XML with an entity that is not defined" < <(xml_redirect '<bootstrap-server><address>&host;</address></bootstrap-server>')
xml_yes xml-references "YANG-13" "XML with character references and the five entities of XML" "$(image '"os-name":"A&B <é>","os-version":"\"1'"'"'"')" \
	< <(xml_onboarding '<boot-image><os-name>A&amp;B &lt;&#xe9;&gt;</os-name><os-version>&quot;&#49;&apos;</os-version></boot-image>')
xml_yes xml-cdata "YANG-13" "XML with comments and CDATA sections" "$(redirect '{"address":"192.0.2.1"}')" \
	< <(xml_redirect '<!-- c --><bootstrap-server><address>192<!-- c -->.0.<![CDATA[2.1]]></address></bootstrap-server><!-- d -->')
xml_yes xml-blanks "YANG-13" "XML with a declaration, blanks and a comment around the root" "$(redirect '{"address":"192.0.2.1"}')" \
	< <(echo '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'; echo '<!-- c -->'; xml_redirect '<bootstrap-server><address>192.0.2.1</address></bootstrap-server>'; echo; echo '<!-- d -->')
xml_no xml-depth "YANG-13" "XML of 10000 levels" < <(xml_onboarding "$(nest 10000 '<x>')$(nest 10000 '</x>')") also=YANG-14
xml_no xml-cut "YANG-14" "XML without its end" < <(xml_onboarding '' | head -c -5) also=YANG-13
xml_no xml-behind "YANG-14" "Text follows the root element" < <(xml_onboarding ''; echo hello) also=YANG-13
xml_no xml-crossed "YANG-14" "Elements that cross" < <(xml_onboarding '<a><b></a></b>') also=YANG-13
xml_no xml-attribute-twice "YANG-14" "An attribute twice" < <(xml_onboarding '<a x="1" x="2"/>') also=YANG-13
xml_no xml-prefix-undeclared "YANG-14" "A prefix nobody declared" <<< '<s:onboarding-information/>' also="YANG-13 YANG-1 YANG-2"
xml_no xml-utf-8 "YANG-14" "XML with octets that are no UTF-8" < <(xml_onboarding $'<boot-image><os-name>\xc3\x28</os-name></boot-image>') also=YANG-13
xml_no xml-nul "YANG-14" "XML with a reference to NUL" < <(xml_onboarding '<boot-image><os-name>a&#0;b</os-name></boot-image>') also=YANG-13
