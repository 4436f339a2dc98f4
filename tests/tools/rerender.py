#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the same traffic down differently.

usage: rerender.py VARIANT IN OUT [SEED]      (VARIANT `list` prints them)

Only frames that hold a TCP segment are kept, except by the pure format variants (pcapng-le, pcapng-be, pcap-ns), which keep all.
"""
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import capfile  # noqa: E402

CONTROL = capfile.SYN | capfile.FIN | capfile.RST


def segments(frames):
    """(ns, Segment) of every TCP frame."""
    pairs = ((f.ns, capfile.segment_of(f)) for f in frames)
    return [(ns, s) for ns, s in pairs if s]


def frames_of(pairs, link=capfile.LINK_ETHERNET, tags=()):
    return [capfile.link_frame(ns, capfile.ip_packet(s), link, tags) for ns, s in pairs]


def to_ipv6(pairs):
    prefix = bytes.fromhex("20010db8") + b"\0" * 8

    def widen(address):
        return address if len(address) == 16 else prefix + address

    return [(ns, s.copy(src=widen(s.src), dst=widen(s.dst))) for ns, s in pairs]


def other_ports(pairs):
    def move(port):
        return (port + 7919) % 64000 + 1024

    return [(ns, s.copy(sport=move(s.sport), dport=move(s.dport))) for ns, s in pairs]


def cut(pairs, sizes):
    """Payloads in pieces; `sizes(length)` yields piece lengths. SYN stays first, FIN and RST last."""
    out = []
    for ns, s in pairs:
        at, left = 0, len(s.payload)
        if left < 2:
            out.append((ns, s))
            continue
        for size in sizes(left):
            piece = s.payload[at:at + size]
            if not piece:
                break
            last = at + len(piece) == left
            flags = s.flags if last else s.flags & ~(capfile.FIN | capfile.RST | capfile.PSH)
            out.append((ns, s.copy(seq=s.seq + at & 0xFFFFFFFF, payload=piece, flags=flags)))
            at += len(piece)
    return out


def cut_bytes(pairs):
    return cut(pairs, lambda length: [1] * length)


def cut_random(pairs, rng, pieces=12):
    def sizes(length):
        least = max(1, length // pieces)
        left = length
        while left > 0:
            size = min(left, rng.randint(least, least * 3))
            yield size
            left -= size

    return cut(pairs, sizes)


def shuffle_in_flight(pairs, rng):
    """Data segments of one direction change places as long as the other direction of the flow sends no data between them."""
    out, open_runs = list(pairs), {}

    def close(run):
        places = list(run)
        rng.shuffle(places)
        moved = [out[i][1] for i in run]
        for segment, place in zip(moved, places):
            out[place] = (out[place][0], segment)

    for index, (_, s) in enumerate(pairs):
        mine, other = s.key(), (s.dst, s.dport, s.src, s.sport)
        if s.flags & CONTROL:
            for key in (mine, other):
                close(open_runs.pop(key, []))
        elif s.payload:
            close(open_runs.pop(other, []))
            open_runs.setdefault(mine, []).append(index)
    for run in open_runs.values():
        close(run)
    return out


def twice(pairs):
    return [pair for pair in pairs for _ in (0, 1)]


def _formatted(**how):
    return lambda frames, rng, out: capfile.write_pcapng(out, frames, **how)


def _plain(change, link=capfile.LINK_ETHERNET, tags=()):
    return lambda frames, rng, out: capfile.write_pcap(out, frames_of(change(segments(frames), rng), link, tags))


VARIANTS = {
    "pcapng-le": _formatted(order="<"),
    "pcapng-be": _formatted(order=">"),
    "pcap-ns": lambda frames, rng, out: capfile.write_pcap(out, frames, nanoseconds=True),
    "pcap-be": lambda frames, rng, out: capfile.write_pcap(out, frames, order=">"),
    "sll2": _plain(lambda p, rng: p, capfile.LINK_SLL2),
    "vlan": _plain(lambda p, rng: p, tags=((0x8100, 42),)),
    "qinq": _plain(lambda p, rng: p, tags=((0x88A8, 7), (0x8100, 42))),
    "ipv6": _plain(lambda p, rng: to_ipv6(p)),
    "ports": _plain(lambda p, rng: other_ports(p)),
    "twice": _plain(lambda p, rng: twice(p)),
    "bytes": _plain(lambda p, rng: cut_bytes(p)),
    "random": _plain(cut_random),
    "shuffled": _plain(shuffle_in_flight),
    "random-shuffled": _plain(lambda p, rng: shuffle_in_flight(cut_random(p, rng), rng)),
}


def render(variant, frames, out, seed=1):
    VARIANTS[variant](frames, random.Random(seed), out)


def main():
    if len(sys.argv) == 2 and sys.argv[1] == "list":
        print("\n".join(VARIANTS))
        return
    if len(sys.argv) not in (4, 5) or sys.argv[1] not in VARIANTS:
        print(__doc__)
        raise SystemExit(2)
    render(sys.argv[1], capfile.read(sys.argv[2]), sys.argv[3], int(sys.argv[4]) if len(sys.argv) == 5 else 1)


if __name__ == "__main__":
    main()
