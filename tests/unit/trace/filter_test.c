/* Which frames a filter takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/filter.h"

static const uint8_t near4[16] = {192, 0, 2, 5}, far4[16] = {198, 51, 100, 7};
static const uint8_t near6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 5};

static struct ak_ip_packet packet(uint8_t version, const uint8_t *source, const uint8_t *to)
{
    struct ak_ip_packet ip = {.version = version, .source = source, .destination = to};
    return ip;
}

static void add_host(struct ak_filter *f, uint8_t version, const uint8_t *address, uint8_t bits)
{
    f->host[f->hosts].version = version;
    f->host[f->hosts].bits = bits;
    memcpy(f->host[f->hosts++].address, address, 16);
}

static void an_empty_filter_takes_all(void **state)
{
    (void)state;
    struct ak_filter f;
    struct ak_ip_packet ip = packet(4, near4, far4);
    ak_filter_init(&f);
    assert_true(ak_filter_time(&f, INT64_MIN));
    assert_true(ak_filter_time(&f, INT64_MAX));
    assert_true(ak_filter_packet(&f, &ip, 1, 2));
}

static void times_are_inclusive(void **state)
{
    (void)state;
    struct ak_filter f;
    ak_filter_init(&f);
    f.since = 10;
    f.until = 20;
    assert_false(ak_filter_time(&f, 9));
    assert_true(ak_filter_time(&f, 10));
    assert_true(ak_filter_time(&f, 20));
    assert_false(ak_filter_time(&f, 21));
}

static void hosts_and_networks(void **state)
{
    (void)state;
    struct ak_filter f;
    struct ak_ip_packet there = packet(4, near4, far4), back = packet(4, far4, near4);
    struct ak_ip_packet other = packet(4, far4, far4), six = packet(6, near6, near6);
    ak_filter_init(&f);
    add_host(&f, 4, near4, 32);
    assert_true(ak_filter_packet(&f, &there, 1, 2));
    assert_true(ak_filter_packet(&f, &back, 1, 2));
    assert_false(ak_filter_packet(&f, &other, 1, 2));
    assert_false(ak_filter_packet(&f, &six, 1, 2));
    static const uint8_t net[16] = {192, 0, 2, 0};
    for (uint8_t bits = 0; bits <= 32; bits++) { /* 5 differs from 0 in its last three bits */
        f.hosts = 0;
        add_host(&f, 4, net, bits);
        assert_int_equal(ak_filter_packet(&f, &there, 1, 2), bits <= 29);
    }
    add_host(&f, 6, near6, 128);
    assert_true(ak_filter_packet(&f, &six, 1, 2));
}

static void ports_and_hosts_together(void **state)
{
    (void)state;
    struct ak_filter f;
    struct ak_ip_packet there = packet(4, near4, far4), other = packet(4, far4, far4);
    ak_filter_init(&f);
    f.port[f.ports++] = 1433;
    f.port[f.ports++] = 443;
    assert_true(ak_filter_packet(&f, &there, 50000, 443));
    assert_true(ak_filter_packet(&f, &there, 1433, 50000));
    assert_false(ak_filter_packet(&f, &there, 50000, 80));
    add_host(&f, 4, near4, 32);
    assert_true(ak_filter_packet(&f, &there, 50000, 443));
    assert_false(ak_filter_packet(&f, &other, 50000, 443));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_filter_takes_all),
        cmocka_unit_test(times_are_inclusive),
        cmocka_unit_test(hosts_and_networks),
        cmocka_unit_test(ports_and_hosts_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
