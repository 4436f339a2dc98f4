/* What never ends, ends: each piece is well formed, and what drips comes in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"
#include "support/lab_talk.h"

enum { PIECE = 4096, PIECES = 4096, EVERY = 2000000 };
static const uint8_t body[] = {0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 9, 0, 0, 0, 0, 0, 1};

static void packets_never_say_that_they_are_the_last(void **state)
{
    static const struct ak_lab_settings floods = {.flood = AK_LAB_FLOOD_PACKETS,
                                                  .certificate = {.key = "ec256"}};
    struct talk t;
    (void)state;
    begin(&t, &floods, NULL);
    give_packet(&t, AK_TDS_PRELOGIN, body, sizeof body);
    for (int i = 0; i < 100; i++) {
        struct ak_tds_packet packet;
        assert_int_equal(t.back.size, PIECE);
        assert_true(ak_tds_packet_parse((const uint8_t *)t.back.bytes, &packet));
        assert_true(packet.length == PIECE && !packet.last && packet.type == AK_TDS_RESPONSE);
        ak_text_clear(&t.back);
        int64_t due = ak_responder_deadline(t.responder);
        assert_true(due == t.now + EVERY);
        ak_responder_tick(t.responder, due - 1);
        assert_int_equal(ak_responder_outgoing(t.responder).size, 0);
        t.now = due;
        ak_responder_tick(t.responder, due);
        take_outgoing(&t);
    }
    give(&t, "stop", 4); /* nobody listens */
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_GOES_ON);
    end(&t);
}

static void a_certificate_of_16_mb_has_an_end(void **state)
{
    static const struct ak_lab_settings floods = {
        .ways = AK_LAB_TLS, .flood = AK_LAB_FLOOD_CERTIFICATE, .certificate = {.key = "ec256"}};
    struct talk t;
    struct ak_tls_record record;
    size_t pieces = 0;
    (void)state;
    begin(&t, &floods, NULL);
    (void)handshake(&t, false); /* the client sees no more than it was sent by then */
    assert_true(t.back.size == 0);
    while (ak_responder_wants(t.responder) == AK_RESPONDER_GOES_ON) {
        assert_true(++pieces <= PIECES + 1);
        t.now = ak_responder_deadline(t.responder);
        ak_responder_tick(t.responder, t.now);
        const struct ak_span out = ak_responder_outgoing(t.responder);
        if (out.size == 0)
            continue;
        assert_int_equal(out.size, PIECE);
        assert_true(ak_tls_record_parse(out.bytes, &record));
        assert_true(record.type == AK_TLS_HANDSHAKE && record.length == PIECE - 5);
    }
    assert_true(pieces > PIECES - 4);
    assert_int_equal(ak_responder_wants(t.responder), AK_RESPONDER_SILENT);
    assert_true(ak_responder_deadline(t.responder) == INT64_MAX);
    end(&t);
}

static void drops_come_in_order(void **state)
{
    static const struct ak_lab_settings drips = {.drip_ms = 1000, .certificate = {.key = "ec256"}};
    static const struct ak_lab_settings healthy = {.certificate = {.key = "ec256"}};
    struct talk slow, quick;
    (void)state;
    begin(&quick, &healthy, NULL);
    give_packet(&quick, AK_TDS_PRELOGIN, body, sizeof body);
    begin(&slow, &drips, NULL);
    give_packet(&slow, AK_TDS_PRELOGIN, body, sizeof body);
    for (size_t i = 1; i < quick.back.size; i++) {
        assert_int_equal(slow.back.size, i);
        slow.now = ak_responder_deadline(slow.responder);
        assert_true(slow.now == (int64_t)i * LATER);
        ak_responder_tick(slow.responder, slow.now);
        take_outgoing(&slow);
    }
    assert_memory_equal(slow.back.bytes, quick.back.bytes, quick.back.size);
    assert_true(ak_responder_deadline(slow.responder) == INT64_MAX);
    end(&slow);
    end(&quick);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_never_say_that_they_are_the_last),
        cmocka_unit_test(a_certificate_of_16_mb_has_an_end),
        cmocka_unit_test(drops_come_in_order),
    };
    return cmocka_run_group_tests(tests, make_authority, free_authority);
}
