#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a program that counts what it does (AK_PROFILE=make) on what it will be used for: the captures, hives and
# logs of the golden cases, and a made trace of many clients. The benchmarks' trace A is not among them.
#
# usage: tools/train.sh BUILD-FOLDER
set -eu
build=$1
akushu=$build/akushu
trace=$build/train.pcap
maker=$build/gen_mixed
trap 'rm -f "$trace" "$maker"' EXIT
find "$build" -name '*.gcda' -delete
"${CC:-cc}" -O2 -o "$maker" bench/gen_mixed.c -lcrypto
"$maker" "$trace" 12000 500 >/dev/null
for format in text jsonl csv; do
    "$akushu" read --format=$format --fail-on=never "$trace" >/dev/null
    "$akushu" read --format=$format --fail-on=never --separate tests/golden/*/evidence >/dev/null 2>&1 || true
done
found=$(find "$build" -name '*.gcda' | wc -l)
[ "$found" -gt 100 ] || { echo "tools/train.sh: only $found profiles were written below $build" >&2; exit 1; }
