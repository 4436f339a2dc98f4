/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/fragments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "support/parser_check.h"

static const uint8_t here[16] = {192, 0, 2, 1}, there[16] = {192, 0, 2, 2};

static struct ak_ip_packet piece(uint32_t id, uint32_t offset, bool more, struct ak_span bytes)
{
    struct ak_ip_packet p;
    memset(&p, 0, sizeof p);
    p.version = 4;
    p.protocol = 6;
    p.ttl = 60;
    p.fragment = true;
    p.more_fragments = more;
    p.fragment_offset = offset;
    p.fragment_id = id;
    p.source = here;
    p.destination = there;
    p.payload = bytes;
    p.payload_wire = (uint32_t)bytes.size;
    return p;
}

static bool add(struct ak_fragments *f, uint32_t id, uint32_t offset, bool more, const char *text,
                struct ak_ip_packet *packet, uint64_t *dropped)
{
    struct ak_bytes copy = ak_bytes_copy(text, strlen(text));
    *packet = piece(id, offset, more, ak_bytes_span(&copy));
    bool whole = ak_fragments_add(f, packet, dropped);
    ak_bytes_free(&copy); /* what comes out may not point into it */
    return whole;
}

/* "offset:text" pieces, "." behind the last one of the datagram. */
struct row {
    const char *pieces, *whole; /* NULL: never complete */
};

static void joins_pieces(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"0:abcdefgh 8:ijk.", "abcdefghijk"},
        {"8:ijk. 0:abcdefgh", "abcdefghijk"},
        {"16:qr. 0:abcdefgh 8:ijklmnop", "abcdefghijklmnopqr"},
        {"8:ijklmnop 16:qr. 0:abcdefgh", "abcdefghijklmnopqr"},
        {"0:abcdefgh 0:abcdefgh 8:ijk.", "abcdefghijk"},
        {"0:abcdefghijkl 8:ijklmn.", "abcdefghijklmn"}, /* overlapping, equal */
        {"0:abcdefgh 16:qr.", NULL},
        {"0:abcdefgh 8:ijklmnop", NULL}, /* the last one is missing */
        {"8:ijk.", NULL},
        {"0:abc.", "abc"}, /* RFC 6946: an atomic fragment */
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_fragments *f = ak_fragments_new();
        struct ak_ip_packet packet;
        uint64_t dropped = 0;
        bool whole = false;
        for (const char *p = rows[i].pieces; *p != '\0';) {
            char text[32], *end;
            unsigned long offset = strtoul(p, &end, 10);
            size_t n = strcspn(end + 1, " .");
            memcpy(text, end + 1, n);
            text[n] = '\0';
            p = end + 1 + n;
            assert_false(whole);
            whole = add(f, 1, (uint32_t)offset, *p != '.', text, &packet, &dropped);
            p += *p == '.';
            p += *p == ' ';
        }
        assert_int_equal(whole, rows[i].whole != NULL);
        assert_int_equal(dropped, 0);
        if (whole) {
            ak_assert_text(packet.payload, rows[i].whole);
            assert_int_equal(packet.payload_wire, strlen(rows[i].whole));
            assert_false(packet.fragment);
            assert_int_equal(packet.protocol, 6);
        }
        ak_fragments_free(f);
    }
}

static void datagrams_are_kept_apart(void **state)
{
    (void)state;
    struct ak_fragments *f = ak_fragments_new();
    struct ak_ip_packet packet;
    uint64_t dropped = 0;
    struct ak_span tail = {(const uint8_t *)"TAIL", 4};
    assert_false(add(f, 1, 0, true, "abcdefgh", &packet, &dropped));
    assert_false(add(f, 2, 8, false, "xyz", &packet, &dropped)); /* another id */
    packet = piece(1, 8, false, tail);                           /* the other direction */
    packet.source = there;
    packet.destination = here;
    assert_false(ak_fragments_add(f, &packet, &dropped));
    packet = piece(1, 8, false, tail); /* another protocol (RFC 791 3.2) */
    packet.protocol = 17;
    assert_false(ak_fragments_add(f, &packet, &dropped));
    packet = piece(1, 8, false, tail); /* another version */
    packet.version = 6;
    assert_false(ak_fragments_add(f, &packet, &dropped));
    assert_true(add(f, 1, 8, false, "ijk", &packet, &dropped));
    ak_assert_text(packet.payload, "abcdefghijk");
    assert_int_equal(dropped, 0);
    ak_fragments_free(f);
}

/* RFC 8200 4.5: the first fragment's protocol and hop limit are the datagram's. */
static void the_first_fragment_names_the_protocol(void **state)
{
    (void)state;
    struct ak_fragments *f = ak_fragments_new();
    struct ak_span head = {(const uint8_t *)"abcdefgh", 8}, tail = {(const uint8_t *)"ijk", 3};
    struct ak_ip_packet packet = piece(9, 8, false, tail);
    uint64_t dropped = 0;
    packet.version = 6;
    packet.protocol = 60;
    packet.ttl = 1;
    assert_false(ak_fragments_add(f, &packet, &dropped));
    packet = piece(9, 0, true, head);
    packet.version = 6;
    packet.ttl = 55;
    assert_true(ak_fragments_add(f, &packet, &dropped));
    assert_int_equal(packet.protocol, 6);
    assert_int_equal(packet.ttl, 55);
    ak_fragments_free(f);
}

static void impossible_and_cut_ones_are_dropped(void **state)
{
    (void)state;
    static const uint8_t bytes[100];
    struct ak_fragments *f = ak_fragments_new();
    struct ak_span part = {bytes, sizeof bytes};
    uint64_t dropped = 0;
    struct ak_ip_packet packet = piece(1, 65528, false, part); /* beyond 65,535 */
    assert_false(ak_fragments_add(f, &packet, &dropped));
    assert_int_equal(dropped, 1);
    packet = piece(1, 65528, false, part);
    packet.payload.size = packet.payload_wire = 7; /* ends at 65,535 */
    assert_false(ak_fragments_add(f, &packet, &dropped));
    assert_int_equal(dropped, 1);
    packet = piece(2, 0, true, part);
    packet.payload_wire = 200; /* the snapshot length cut it */
    assert_false(ak_fragments_add(f, &packet, &dropped));
    assert_int_equal(dropped, 2);
    ak_fragments_free(f);
}

static void the_oldest_gives_way(void **state)
{
    (void)state;
    struct ak_fragments *f = ak_fragments_new();
    struct ak_ip_packet packet;
    uint64_t dropped = 0;
    for (uint32_t id = 0; id < AK_MAX_FRAGMENTED_DATAGRAMS; id++)
        assert_false(add(f, id, 0, true, "abcdefgh", &packet, &dropped));
    assert_int_equal(dropped, 0);
    assert_false(add(f, 0, 8, true, "ijklmnop", &packet, &dropped)); /* now 1 is the oldest */
    assert_false(add(f, 1000, 0, true, "abcdefgh", &packet, &dropped));
    assert_int_equal(dropped, 1);
    assert_true(add(f, 0, 16, false, "q", &packet, &dropped));
    ak_assert_text(packet.payload, "abcdefghijklmnopq");
    assert_false(add(f, 1, 8, false, "i", &packet, &dropped)); /* a new one: its head is gone */
    assert_true(add(f, 2, 8, false, "i", &packet, &dropped));
    ak_fragments_free(f);
}

static void pieces_are_bounded(void **state)
{
    (void)state;
    struct ak_fragments *f = ak_fragments_new();
    struct ak_ip_packet packet;
    uint64_t dropped = 0;
    for (uint32_t i = 0; i < AK_MAX_FRAGMENTS; i++)
        assert_false(add(f, 1, 8 * (i + 1), true, "abcdefgh", &packet, &dropped));
    assert_false(add(f, 1, 0, true, "abcdefgh", &packet, &dropped));
    assert_false(add(f, 1, 8 * (AK_MAX_FRAGMENTS + 1), false, "x", &packet, &dropped));
    ak_fragments_free(f);
}

static void a_datagram_may_be_of_the_largest_size(void **state)
{
    (void)state;
    static uint8_t bytes[65535];
    struct ak_fragments *f = ak_fragments_new();
    uint64_t dropped = 0;
    struct ak_span head = {bytes, 65528}, tail = {bytes + 65528, 7};
    memset(bytes, 'z', sizeof bytes);
    struct ak_ip_packet packet = piece(1, 65528, false, tail);
    assert_false(ak_fragments_add(f, &packet, &dropped));
    packet = piece(1, 0, true, head);
    assert_true(ak_fragments_add(f, &packet, &dropped));
    assert_int_equal(packet.payload.size, 65535);
    assert_memory_equal(packet.payload.bytes, bytes, sizeof bytes);
    ak_fragments_free(f);
    ak_fragments_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_pieces),
        cmocka_unit_test(datagrams_are_kept_apart),
        cmocka_unit_test(the_first_fragment_names_the_protocol),
        cmocka_unit_test(impossible_and_cut_ones_are_dropped),
        cmocka_unit_test(the_oldest_gives_way),
        cmocka_unit_test(pieces_are_bounded),
        cmocka_unit_test(a_datagram_may_be_of_the_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
