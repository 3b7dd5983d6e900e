#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: dhcp4_peer.py LINK ADDRESS WAY...

A DHCPv4 server at the end of a cable, which goes wrong in every WAY that is given, and then, on
the way "good", answers as it should.

  truncated overlong foreign-xid foreign-mac no-server no-host loop huge noise other-port late
        bad answers, each kind several times
  good  one right answer behind them: option 143, 10 minutes, T1 after 2 s with "short"
  owner ADDRESS     answers ARP requests for the address
"""
import select
import socket
import struct
import sys
import time

LINK, OWN = sys.argv[1], socket.inet_aton(sys.argv[2])
WAYS = sys.argv[3:]
OFFERED = OWN[:3] + b'\x32'
LIST = b'\x00\x16https://10.0.0.1:8443/'


def checksum(data):
    data += b'\0' * (len(data) % 2)
    s = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def option(code, value):
    return bytes([code, len(value)]) + value


def options(kind, more=b''):
    times = option(51, struct.pack('!I', 600))
    if 'short' in WAYS:
        times += option(58, struct.pack('!I', 2)) + option(59, struct.pack('!I', 300))
    return option(53, bytes([kind])) + option(54, OWN) + option(1, b'\xff\xff\xff\0') + times + more


def reply(xid, mac, text, address=OFFERED, sname=b'', file=b''):
    head = struct.pack('!4B4sHH4s4s4s4s', 2, 1, 6, 0, xid, 0, 0, bytes(4), address, OWN, bytes(4))
    return (head + mac + bytes(10) + sname.ljust(64, b'\0') + file.ljust(128, b'\0') +
            b'\x63\x82\x53\x63' + text)


def send(s, payload, port=68):
    udp = struct.pack('!HHHH', 67, port, 8 + len(payload), 0) + payload
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, OWN, b'\xff' * 4)
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    s.send(b'\xff' * 6 + MAC + b'\x08\x00' + ip + udp)


def bad(way, s, xid, mac, kind):
    end = b'\xff'
    whole = reply(xid, mac, options(kind, option(143, LIST)) + end)
    if way == 'truncated':
        for size in list(range(0, 240, 7)) + [len(whole) - 5]:
            send(s, whole[:size])
    elif way == 'overlong':     # lengths that run past the packet
        for size in (1, 50, 255):
            send(s, reply(xid, mac, options(kind) + bytes([143, size])))
    elif way == 'foreign-xid':
        send(s, reply(bytes([xid[0] ^ 1]) + xid[1:], mac, options(kind, option(143, b'bad')) + end))
    elif way == 'foreign-mac':
        send(s, reply(xid, b'\2' * 6, options(kind, option(143, b'bad')) + end))
    elif way == 'no-server':
        send(s, reply(xid, mac, option(53, bytes([kind])) + option(143, b'bad') + end))
    elif way == 'no-host':
        for address in (bytes(4), b'\x7f\0\0\1', b'\xe0\0\0\1', b'\xff' * 4):
            send(s, reply(xid, mac, options(kind, option(143, b'bad')) + end, address))
    elif way == 'noise':
        for i in range(64):
            send(s, bytes((i * 37 + k * k) & 255 for k in range(i * 9)))
    elif way == 'other-port':
        send(s, reply(xid, mac, options(kind, option(143, b'bad')) + end), 69)
    elif kind == 5:         # the rest would be answers that can be taken
        return
    elif way == 'loop':     # both fields hold options, which say so again, and never end
        more = option(52, b'\3')
        send(s, reply(xid, mac, options(kind, more), OFFERED, more * 21, more * 42))
        send(s, reply(xid, mac, options(kind, more), OFFERED, b'\x8f\xff', b'\x8f\xff'))
    elif way == 'huge':     # as large as the wire takes, all of it option 119 pointing to itself
        send(s, reply(xid, mac, (options(kind) + option(119, b'\xc0\0' * 100) * 5 + end)[:1200]))


def main():
    dhcp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
    arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x806))
    for s in dhcp, arp:
        s.bind((LINK, 0x800 if s is dhcp else 0x806))
    global MAC
    MAC = arp.getsockname()[4]
    owned = socket.inet_aton(WAYS[WAYS.index('owner') + 1]) if 'owner' in WAYS else None
    before = None
    print('ready', flush=True)
    while True:
        for s in select.select([dhcp, arp], [], [])[0]:
            try:
                frame, address = s.recvfrom(4096)
            except OSError:     # the cable went
                continue
            if address[2] == socket.PACKET_OUTGOING:
                continue
            if s is arp:
                if owned and frame[20:22] == b'\0\1' and frame[38:42] == owned:
                    arp.send(frame[6:12] + MAC + frame[12:20] + b'\0\2' + MAC + owned + frame[22:32])
                    print('arp', flush=True)
                continue
            at = 14 + (frame[14] & 15) * 4
            if frame[23] != 17 or frame[at + 2:at + 4] != b'\0\x43' or len(frame) < at + 248:
                continue
            packet = frame[at + 8:]
            kind, rest = 0, packet[240:]
            while rest and rest[0] != 255:
                if rest[0] == 53:
                    kind = rest[2]
                rest = rest[2 + rest[1]:] if rest[0] else rest[1:]
            xid, mac = packet[4:8], packet[28:34]
            print('got %d at %.4f' % (kind, time.time()), flush=True)
            if kind not in (1, 3):
                continue
            answer = 2 if kind == 1 else 5
            if 'late' in WAYS and before and before != xid:     # an answer to the question before
                send(dhcp, reply(before, mac, options(answer, option(143, b'late')) + b'\xff'))
            before = xid
            for way in WAYS:
                bad(way, dhcp, xid, mac, answer)
            if 'good' in WAYS:
                send(dhcp, reply(xid, mac, options(answer, option(143, LIST)) + b'\xff'))


main()
