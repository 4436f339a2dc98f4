/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/esp_null.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "codec/encapsulation.h"
#include "support/parser_check.h"

enum { SIZE = 8 + 40 + 3 + 2 + 16, BODY = 8 };

static const uint8_t source[16] = {192, 0, 2, 5}, destination[16] = {192, 0, 2, 9};

static unsigned sum_of(const uint8_t *p, size_t size, unsigned sum)
{
    for (size_t i = 0; i < size; i++)
        sum += i % 2 == 0 ? (unsigned)p[i] << 8 : p[i];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* RFC 4303 2: SPI, sequence, what is protected, padding 1 2 3, its length, next header, ICV. */
static size_t make(uint8_t *p, const char *body_hex, uint8_t next, size_t check)
{
    struct ak_bytes body = ak_hex(body_hex);
    memset(p, 0, SIZE);
    p[3] = 1;
    memcpy(p + BODY, body.at, body.size);
    size_t at = BODY + body.size;
    ak_bytes_free(&body);
    p[at++] = 1;
    p[at++] = 2;
    p[at++] = 3;
    p[at++] = 3;
    p[at++] = next;
    for (size_t i = 0; i < check; i++)
        p[at++] = (uint8_t)(0xc3 + 7 * i);
    return at;
}

static struct ak_ip_packet outer_of(const uint8_t *p, size_t size)
{
    struct ak_ip_packet outer = {.version = 4,
                                 .protocol = 50,
                                 .source = source,
                                 .destination = destination,
                                 .payload = {p, size},
                                 .payload_wire = (uint32_t)size};
    return outer;
}

#define TCP "c351 0599 00000001 00000002 50 10 2000 0000 0000 'abc'"
#define V4 "45 00 0017 0001 0000 40 11 0000 0a000001 0a000002 'abc'"

static void put_checksum(uint8_t *at, unsigned sum)
{
    at[0] = (uint8_t)(~sum >> 8);
    at[1] = (uint8_t)~sum;
}

static size_t make_tcp(uint8_t *p, size_t check)
{
    size_t size = make(p, TCP, 6, check);
    unsigned sum = sum_of(source, 4, 6 + 23);
    sum = sum_of(destination, 4, sum);
    put_checksum(p + BODY + 16, sum_of(p + BODY, 23, sum));
    return size;
}

static void tcp_is_found_by_its_checksum(void **state)
{
    (void)state;
    static const size_t checks[] = {0, 8, 12, 16};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        uint8_t p[SIZE];
        size_t size = make_tcp(p, checks[i]);
        struct ak_ip_packet outer = outer_of(p, size);
        struct ak_span inner;
        uint8_t next;
        assert_true(ak_esp_null(&outer, &inner, &next));
        assert_int_equal(next, 6);
        assert_ptr_equal(inner.bytes, p + BODY);
        assert_int_equal(inner.size, 23);
        p[BODY + 20] ^= 1;
        assert_false(ak_esp_null(&outer, &inner, &next));
        p[BODY + 20] ^= 1;
        p[BODY + 24] ^= 1; /* padding */
        assert_false(ak_esp_null(&outer, &inner, &next));
    }
}

static void ip_is_found_by_its_header(void **state)
{
    (void)state;
    uint8_t p[SIZE];
    struct ak_span inner;
    uint8_t next;
    size_t size = make(p, V4, 4, 12);
    put_checksum(p + BODY + 10, sum_of(p + BODY, 20, 0));
    struct ak_ip_packet outer = outer_of(p, size);
    assert_true(ak_esp_null(&outer, &inner, &next));
    assert_int_equal(next, 4);
    p[BODY + 8]--; /* TTL, and with it the checksum */
    assert_false(ak_esp_null(&outer, &inner, &next));
    size = make(p, "60000000 0000 3b 40 20010db8 00*11 01 2001 00*2", 41, 12);
    outer = outer_of(p, size);
    assert_false(ak_esp_null(&outer, &inner, &next)); /* too short for IPv6 */
}

static void cut_packets_are_not_judged(void **state)
{
    (void)state;
    uint8_t p[SIZE];
    struct ak_span inner;
    uint8_t next;
    struct ak_ip_packet outer = outer_of(p, make_tcp(p, 12));
    outer.payload.size--;
    assert_false(ak_esp_null(&outer, &inner, &next));
}

static void the_packet_becomes_tcp(void **state)
{
    (void)state;
    uint8_t p[SIZE];
    struct ak_layers layers = {0, 0};
    struct ak_inner_packet inner;
    struct ak_ip_packet outer = outer_of(p, make_tcp(p, 12));
    assert_int_equal(ak_layers_ip(&outer, &inner, &layers), AK_INNER_PACKET);
    assert_int_equal(inner.packet.protocol, 6);
    assert_int_equal(inner.packet.payload_wire, 23);
    assert_int_equal(layers.met, 1u << AK_ENCAPSULATION_ESP_NULL);
}

static void survive(struct ak_span bytes, void *context)
{
    struct ak_ip_packet outer = outer_of(bytes.bytes, bytes.size);
    struct ak_span inner;
    uint8_t next;
    (void)context;
    if (ak_esp_null(&outer, &inner, &next))
        ak_assert_inside(bytes, inner);
}

static void survives_damage(void **state)
{
    (void)state;
    uint8_t p[SIZE];
    struct ak_span whole = {p, make_tcp(p, 12)};
    ak_each_damage(whole, survive, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_is_found_by_its_checksum),
        cmocka_unit_test(ip_is_found_by_its_header),
        cmocka_unit_test(cut_packets_are_not_judged),
        cmocka_unit_test(the_packet_becomes_tcp),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
