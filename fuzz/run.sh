#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target for a number of executions, two at a time; the broken one must be caught.
# usage: fuzz/run.sh FOLDER-WITH-TARGETS RUNS [TARGET...]
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
runs=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
if [ $# -eq 0 ]; then
    for target in "$folder"/fuzz_*; do
        case $target in
        *fuzz_broken | *.*) ;;
        *) [ -x "$target" ] && [ -f "$target" ] && set -- "$@" "$(basename "$target")" ;;
        esac
    done
fi
one() {
    mkdir -p "$work/$1" "$here/corpus/$1"
    if "$folder/$1" -runs="$runs" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$work/$1-" "$work/$1" "$here/corpus/$1" >"$work/$1.log" 2>&1; then
        echo "$1: $(grep -o 'number_of_executed_units: *[0-9]*' "$work/$1.log" | grep -o '[0-9]*$') executions, no finding"
    else
        echo "$1: FAILED"
        tail -30 "$work/$1.log"
        echo "$1" >>"$work/failed"
    fi
}
# What is needed to see a finding again, behind everything else: the end of a log is what is kept.
again() {
    echo "$1: FAILED"
    grep -E 'ERROR: |runtime error|^ +#[0-9]+ .*/(src|fuzz|include)/' "$work/$1.log" | head -12
    for input in "$work/$1-"*; do
        [ -f "$input" ] || continue
        cp "$input" . && echo "$(basename "$input"): copied to $PWD"
        [ "$(wc -c <"$input")" -gt 4096 ] || { base64 -w 120 "$input"; echo; }
    done
}
for target in "$@"; do
    one "$target" &
    while [ "$(jobs -r | wc -l)" -ge 2 ]; do
        wait -n 2>/dev/null || sleep 1
    done
done
wait
if [ -x "$folder/fuzz_broken" ]; then
    mkdir -p "$work/broken"
    if "$folder/fuzz_broken" -runs=200000 -artifact_prefix="$work/" "$work/broken" >/dev/null 2>&1; then
        echo "fuzz_broken: NOT caught: the net has a hole"
        echo fuzz_broken >>"$work/failed"
    else
        echo "fuzz_broken: caught, as it must be"
    fi
fi
[ ! -e "$work/failed" ] && exit 0
grep -v '^fuzz_broken$' "$work/failed" | while read -r target; do again "$target"; done
exit 1
