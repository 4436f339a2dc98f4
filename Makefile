# SPDX-License-Identifier: Apache-2.0
# A short front for CMake's presets. `make demo` and `make test` install what Debian 12 lacks.

# What a bare Debian 12 needs to build and run.
PACKAGES_BUILD = ca-certificates gcc libc6-dev cmake ninja-build pkg-config python3 git \
    libssl-dev zlib1g-dev libzstd-dev libuv1-dev libexpat1-dev libpcap-dev libzip-dev
# What the tests need beside it: independent decoders, real clients and servers, fuzzing, lints.
PACKAGES_TEST = clang libclang-rt-14-dev clang-format libcmocka-dev tshark tcpdump openssl zstd gzip \
    python3-jsonschema gettext mandoc shellcheck freetds-bin libjtds-java default-jdk-headless \
    nodejs npm gnutls-bin libnss3-tools iproute2 curl python3-aiosmtpd dovecot-imapd dovecot-pop3d \
    vsftpd slapd ldap-utils postgresql-15 mariadb-server-core mariadb-client-core xrdp tinyproxy-bin \
    microsocks haproxy stunnel4 nginx-light tcpreplay libcap2-bin libhivex-dev libhivex-bin libwin-hivex-perl \
    libevtx-dev libevtx-utils

# Peers that the benchmarks run beside akushu, besides those of the tests.
PACKAGES_BENCH = libndpi-bin

PRESET ?= dev
JOBS ?= $(shell nproc)
DEMO = tests/golden/clients-fail-alert70-ted tests/golden/clients-fail-noversion-rst-ted \
    tests/golden/clients-fail-encrequired-ted-off tests/golden/clients-cert-expired-ted \
    tests/golden/clients-cert-verify-selfsigned-ted tests/golden/clients-dhe-leadingzero-probe-openssl \
    tests/golden/clients-tls13-in-prelogin-tsql tests/golden/clients-fail-silent-after-ch-ted \
    tests/golden/clients-ok-clear-tsql-off
DEMO_HOST = tests/golden/reg-tls12-off-by-default-fires-regedit4

# Thousands of pairs of real TLS stacks against what akushu predicts; SEED=... for others.
SEED ?= 24
PAIRS ?= 2400

.PHONY: all optimized demo test negotiate lint bench fuzz coverage install clean packages packages-test

all: packages
	cmake --preset release >build-release.log 2>&1 || { cat build-release.log; exit 1; }
	@rm -f build-release.log
	cmake --build --preset release -j $(JOBS) --target akushu-program

# The same program, laid out by what it really does: built to count, run on the tests' captures and on a
# made trace, built again. GCC only; takes twice as long.
optimized: packages
	cmake --preset optimized -DAK_PROFILE=make >/dev/null
	cmake --build --preset optimized -j $(JOBS) --target akushu-program
	sh tools/train.sh build/optimized
	cmake --preset optimized -DAK_PROFILE=use >/dev/null
	cmake --build --preset optimized -j $(JOBS) --target akushu-program

# Installs only what is missing, and only when something is: needs root or sudo then. The tests start
# servers themselves: policy-rc.d keeps the packages from doing so (unless the machine has its own).
define install_missing
	@missing=; for p in $(1); do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if command -v node >/dev/null && command -v npm >/dev/null; then \
	    missing=$$(echo " $$missing " | sed 's/ nodejs / /;s/ npm / /'); fi; \
	if [ -n "$$(echo $$missing)" ]; then \
	    echo "installing:$$missing"; sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    policy=/usr/sbin/policy-rc.d; own=; \
	    if [ ! -e $$policy ]; then own=1; printf '#!/bin/sh\nexit 101\n' | $$sudo install -m 755 /dev/stdin $$policy; fi; \
	    $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	    status=$$?; [ -z "$$own" ] || $$sudo rm -f $$policy; exit $$status; fi
endef

packages:
	$(call install_missing,$(PACKAGES_BUILD))

packages-test: packages
	$(call install_missing,$(PACKAGES_TEST))

demo: all
	@build/release/akushu read --fail-on=never $(DEMO)
	@echo; echo "--- the registry of a machine, and what two systems will negotiate"
	@build/release/akushu read --fail-on=never $(DEMO_HOST)
	@echo; build/release/akushu predict ws2012r2 ws2022 || true
	@echo; echo "--- a server that refuses every suite of its client, and what one command finds out about it"
	@sh tools/demo_check.sh build/release/akushu

test: packages-test
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS)
	ctest --preset $(PRESET) -j $(JOBS) -LE 'lint|shared|long'

negotiate: packages-test
	cmake --preset $(PRESET)
	cmake --build --preset $(PRESET) -j $(JOBS) --target negotiate_driver
	python3 tests/e2e/negotiate_test.py --driver build/$(PRESET)/tests/negotiate_driver --pairs $(PAIRS) --seed $(SEED)

lint: packages-test
	cmake --preset dev
	cmake --build --preset dev -j $(JOBS)
	ctest --preset dev -j $(JOBS) -L lint

# All figures of the README; BENCH="--trace a" for one of them (python3 bench/run.py --help).
BENCH ?= --runs 9 --cold --memo-off
bench: optimized packages-test
	$(call install_missing,$(PACKAGES_BENCH))
	cmake --preset optimized -DAK_PROFILE=use >/dev/null
	cmake --build --preset optimized -j $(JOBS) --target registry_dump hivex_dump
	python3 bench/run.py --akushu build/optimized/akushu $(BENCH)

# One million executions of each target; FUZZ_RUNS=... for another number.
FUZZ_RUNS ?= 1000000
fuzz: packages-test
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS)
	fuzz/run.sh build/fuzz/fuzz $(FUZZ_RUNS)

coverage: packages-test
	cmake --workflow --preset coverage

install: all
	cmake --install build/release

clean:
	rm -rf build
