#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A server of the lab on a free port of loopback, and akushu check against it.
# usage: demo_check.sh AKUSHU
set -eu
akushu=$1
where=$(mktemp)
trap 'rm -f "$where"' EXIT
"$akushu" lab certificate-hash-refused --for=30 >"$where" 2>/dev/null &
server=$!
tries=0
until address=$(sed -n 's/^listening //p' "$where") && [ -n "$address" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "the lab did not start" >&2; exit 1; }
    sleep 0.1
done
"$akushu" check --verbose --fail-on=never "$address"
kill "$server"
wait "$server" 2>/dev/null || true
