# SPDX-License-Identifier: MIT
#
# dhcp6_hostile.py LINK HEX: a DHCPv6 server that answers every message with a hail of broken,
# foreign and late ones, and with one true answer: address 2001:db8:1::d00d and option 136 HEX
# (and a second, wrong one behind it).  It also advertises routers from afar.
import socket
import struct
import sys

link, option_136 = sys.argv[1], bytes.fromhex(sys.argv[2])
index = socket.if_nametoindex(link)
server = bytes.fromhex("000300010200000000ff")
evil = b"\0\x13https://evil.example"

udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())
udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
	       socket.inet_pton(socket.AF_INET6, "ff02::1:2") + struct.pack("@I", index))
udp.bind(("::", 547))
icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
icmp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, link.encode())


def option(code, value):
	return struct.pack(">HH", code, len(value)) + value


def options(message):
	found, at = {}, 4
	while at + 4 <= len(message):
		code, size = struct.unpack_from(">HH", message, at)
		found[code] = message[at + 4:at + 4 + size]
		at += 4 + size
	return found


def address(last, preferred=600, valid=600, more=b""):
	value = socket.inet_pton(socket.AF_INET6, "2001:db8:1::" + last)
	return option(5, value + struct.pack(">II", preferred, valid) + more)


def association(iaid, inner, renew=0, rebind=0):
	return option(3, iaid + struct.pack(">II", renew, rebind) + inner)


# A router that is not on this link: hop limit 1, and an offer of DNS.
def advertise():
	rdnss = struct.pack(">BBHI", 25, 3, 0, 600) + socket.inet_pton(socket.AF_INET6, "2001:db8:666::1")
	message = struct.pack(">BBHBBHII", 134, 0, 0, 64, 0xc0, 1800, 0, 0) + rdnss
	icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 1)
	icmp.sendto(message, ("ff02::1", 0, 0, index))
	# on this link, but broken: options of no length, past the end
	icmp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
	icmp.sendto(message[:16] + b"\x19\0" + rdnss[2:], ("ff02::1", 0, 0, index))
	icmp.sendto(message[:-8], ("ff02::1", 0, 0, index))
	icmp.sendto(message[:9], ("ff02::1", 0, 0, index))


print("ready", flush=True)
while True:
	message, peer = udp.recvfrom(2048)
	asked = options(message)
	kind, xid, iaid = message[0], message[1:4], asked.get(3, b"\0" * 4)[:4]
	client = asked[1]
	answer = bytes([2 if kind == 1 else 7])
	if kind == 1:
		advertise()

	def send(body, xid=xid, kind=answer):
		udp.sendto(kind + xid + body, peer)

	ours = option(1, client) + option(2, server)
	bad = association(iaid, address("bad")) + option(136, evil)
	good = association(iaid, address("d00d")) + option(136, option_136) + option(136, evil)
	# foreign: another transaction, another client, no client, no server, another server
	send(ours + bad, xid=bytes(b ^ 0x55 for b in xid))
	send(option(1, client[:-1] + bytes([client[-1] ^ 1])) + option(2, server) + bad)
	send(option(2, server) + bad)
	send(option(1, client) + bad)
	if kind != 1:
		send(option(1, client) + option(2, server[:-1] + b"\1") + bad)
	# of another kind: what clients and relays send, Reconfigure, and the other answer
	for other in (0, 1, 3, 5, 10, 12, 13, 255):
		send(ours + bad, kind=bytes([other]))
	if kind == 1:
		send(ours + bad, kind=b"\7")
	# truncated at every byte, oversized, empty; lengths that lie
	whole = ours + bad
	for size in range(len(whole) - 1):
		if size < len(ours) + 4 + 12 + 28 or size > len(ours) + 4 + 12 + 28:
			send(whole[:size] if size > len(ours) else whole[:size] + b"\xff")
	send(whole + option(9999, bytes(30000)) + bytes(20000))
	udp.sendto(b"", peer)
	send(ours + struct.pack(">HH", 3, 0xffff) + bad)
	# refused, and addresses that are none
	if kind == 1:
		send(ours + association(iaid, option(13, b"\0\2none")) + option(136, evil))
	send(ours + association(b"\xde\xad\xbe\xef", address("bad")) + option(136, evil)
	     if kind == 1 else b"")
	if kind == 1:
		send(ours + association(iaid, address("bad", 700, 600)) + option(136, evil))
		send(ours + association(iaid, address("bad"), 9, 8) + option(136, evil))
	send(ours + good)
	# late: the exchange is over
	send(ours + bad)
	if kind == 3:
		print("all was sent", flush=True)
