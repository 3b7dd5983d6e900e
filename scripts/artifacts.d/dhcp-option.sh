# SPDX-License-Identifier: MIT

command_usage()
{
	cat <<'END'
usage: artifacts dhcp-option URI...

Prints the list of bootstrap servers as DHCP options 143 (IPv4) and 136 (IPv6) carry it
(RFC 8572 section 8.3), in hex with colons: dnsmasq --dhcp-option=143,VALUE.
In ISC dhcpd and Kea declare the option as binary or string, never as text.
END
}

command_main()
{
	local uri list=() total=0

	(($#)) || die_usage "no URI given"
	for uri; do
		[[ $uri =~ ^https://[^/?#@[:space:]]+$ ]] ||
			die_usage "'$uri' is not of the form https://HOST[:PORT] (RFC 8572 section 8.3)"
		((total += 2 + ${#uri}))
		list+=("$(printf '%04x' ${#uri})$(printf '%s' "$uri" | od -An -v -tx1 | tr -d ' \n')")
	done
	((total <= 255)) || echo "artifacts dhcp-option: note: $total bytes; DHCPv4 servers must split" \
		"this over several instances (RFC 3396), dnsmasq cannot" >&2
	printf '%s' "${list[@]}" | sed 's/../&:/g; s/:$//'
	echo
}
