#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: tagger.py TRUNK ACCESS VLAN

A switch port that tags, for kernels that cannot: frames of the VLAN on the link TRUNK go out on
ACCESS without their tag, and frames from ACCESS on TRUNK with it.  Nothing else passes."""
import select
import socket
import struct
import sys

SOL_PACKET, ADD_MEMBERSHIP, AUXDATA = 263, 1, 8
PROMISCUOUS, SUM_NOT_READY, ALL = 1, 8, 3


def port(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    s.bind((name, ALL))
    s.setsockopt(SOL_PACKET, ADD_MEMBERSHIP,
                 struct.pack('iHH8x', socket.if_nametoindex(name), PROMISCUOUS, 0))
    s.setsockopt(SOL_PACKET, AUXDATA, 1)
    return s


def receive(s):
    """(frame without its tag, VLAN or None); frame is None for what this machine sent."""
    frame, control, _, address = s.recvmsg(65536, 256)
    vlan = None
    for level, kind, data in control:
        if level != SOL_PACKET or kind != AUXDATA:
            continue
        status, _, _, _, _, tci, _ = struct.unpack_from('IIIHHHH', data)
        if status & 16:     # the kernel has cut the tag out
            vlan = tci & 4095
        if status & SUM_NOT_READY and frame[12:14] == b'\x08\x00' and frame[23] == 17:
            at = 14 + (frame[14] & 15) * 4 + 6  # UDP without a sum is valid
            frame = frame[:at] + b'\0\0' + frame[at + 2:]
    if frame[12:14] == b'\x81\x00':
        vlan = struct.unpack('!H', frame[14:16])[0] & 4095
        frame = frame[:12] + frame[16:]
    return (None if address[2] == socket.PACKET_OUTGOING else frame), vlan


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    trunk, access, vlan = port(sys.argv[1]), port(sys.argv[2]), int(sys.argv[3])
    print('ready', flush=True)
    while True:
        for s in select.select([trunk, access], [], [])[0]:
            frame, tag = receive(s)
            try:
                if frame and s is trunk and tag == vlan:
                    access.send(frame)
                elif frame and s is access and tag is None:
                    trunk.send(frame[:12] + struct.pack('!HH', 0x8100, vlan) + frame[12:])
            except OSError:     # the other side is down
                pass


main()
