#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""At which rate `akushu watch` begins to drop frames, and that every frame that was sent is either read or counted as dropped.

usage: watch.py [--akushu PATH] [--trace FILE] [--loops 5] [--buffers 1M,64M] [--rates 100000,200000,0] [--cpu N]

tcpreplay sends the trace so often over a veth pair in two network namespaces, at each rate (frames a second; 0: as fast as it can), to a
watch with each buffer. --cpu: sender and watch
share this one processor, so that the watch falls behind when both together need more than it has. Sender and watch run on the same machine, so the rate that a machine of its own could take is higher. Exit status 1
when a frame is missing: sent != read + dropped. Needs root, iproute2 and tcpreplay; without --trace the trace of run.py --quick.
"""
import argparse
import os
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "tools"))
import live


def measure(a, buffer, rate):
    folder = live.folder()
    try:
        with live.Wire() as wire:
            watch = live.Watch(a.akushu, wire, folder, "--format=text", f"--buffer={buffer}", "--fail-on=never", "--keep-privileges")
            speed = "--topspeed" if rate == 0 else f"--pps={rate}"
            sent, reached = wire.replay(a.trace, speed, "--preload-pcap", f"--loop={a.loops}")
            with open(f"/proc/{watch.process.pid}/stat", encoding="ascii") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            rss = int(watch.status()["VmHWM"].split()[0]) // 1024
            watch.end()
            numbers = watch.numbers()
        return sent, reached, int(numbers["akushu_frames_total"]), int(numbers["akushu_kernel_dropped_frames_total"]), cpu, rss
    finally:
        shutil.rmtree(folder)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--akushu", default=os.path.join(ROOT, "build", "release", "akushu"))
    ap.add_argument("--trace", default=os.path.join(ROOT, "build", "bench", "A-quick.pcap"))
    ap.add_argument("--loops", type=int, default=5)
    ap.add_argument("--buffers", default="1M,64M")
    ap.add_argument("--rates", default="100000,200000,300000,0")
    ap.add_argument("--cpu", type=int)
    a = ap.parse_args()
    if a.cpu is not None:
        os.sched_setaffinity(0, {a.cpu})  # children have it, too
    live.need("tcpreplay")
    if not os.path.exists(a.trace):
        print(f"{a.trace}: absent; bench/run.py --quick --trace a makes it")
        sys.exit(live.SKIP)
    missing = 0
    print(f"{'buffer':>8} {'asked/s':>9} {'sent/s':>9} {'sent':>10} {'read':>10} {'dropped':>9} {'share':>7} {'CPU s':>6} {'MiB':>5}")
    for buffer in a.buffers.split(","):
        for rate in map(int, a.rates.split(",")):
            sent, reached, read, dropped, cpu, rss = measure(a, buffer, rate)
            wrong = sent != read + dropped
            missing += wrong
            print(f"{buffer:>8} {rate or 'top':>9} {reached:>9.0f} {sent:>10} {read:>10} {dropped:>9} {100 * dropped / sent:>6.2f}% {cpu:>6.2f} {rss:>5}"
                  f"{'  MISSING ' + str(sent - read - dropped) if wrong else ''}", flush=True)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
