/* Transcripts are what a capture of the same connection would be: for the codec, and for the trace
 * engine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/transcript.h"

#include "support/letters.h"
#include "support/wire.h"

enum { FRAMES = 256, MS = 1000000 };

struct heard {
    struct wire wire; /* for its trace; its own frames are not used */
    struct ak_transcript transcript;
    struct ak_ip_packet ip[FRAMES];
    struct ak_tcp_segment tcp[FRAMES];
    size_t size[FRAMES];
    int64_t time[FRAMES];
    size_t count;
    int64_t now;
};

/* The sum of RFC 1071 over whole bytes: ffff when the checksum inside is right. */
static unsigned sum16(const uint8_t *bytes, size_t size, unsigned long sum)
{
    for (size_t i = 0; i < size; i++)
        sum += (unsigned long)bytes[i] << (i % 2 == 0 ? 8 : 0);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (unsigned)sum;
}

static void check_sums(const struct ak_ip_packet *ip, const uint8_t *frame)
{
    size_t address = ip->version == 4 ? 4 : 16;
    unsigned long pseudo = 6 + ip->payload.size;
    if (ip->version == 4)
        assert_int_equal(sum16(frame, 20, 0), 0xffff);
    pseudo += sum16(ip->source, address, 0);
    pseudo += sum16(ip->destination, address, 0);
    assert_int_equal(sum16(ip->payload.bytes, ip->payload.size, pseudo), 0xffff);
}

static void on_frame(void *context, const struct ak_frame *frame)
{
    struct heard *h = context;
    struct ak_span bytes = {frame->bytes, frame->size}, rest;
    uint16_t protocol;
    assert_true(h->count < FRAMES);
    struct ak_ip_packet *ip = &h->ip[h->count];
    struct ak_tcp_segment *tcp = &h->tcp[h->count];
    assert_int_equal(frame->link_type, AK_LINK_RAW);
    assert_int_equal(frame->size, frame->wire_size);
    assert_int_equal(ak_link_parse(frame->link_type, bytes, &rest, &protocol), AK_NETWORK_IP);
    assert_int_equal(ak_ip_parse(rest, frame->wire_size, ip), AK_VERDICT_PARSED);
    assert_int_equal(ip->protocol, 6);
    assert_int_equal(ip->payload.size, ip->payload_wire);
    assert_int_equal(ak_tcp_parse(ip->payload, ip->payload_wire, tcp), AK_VERDICT_PARSED);
    check_sums(ip, frame->bytes);
    h->size[h->count] = tcp->payload.size;
    h->time[h->count++] = frame->time;
    ak_trace_frame(h->wire.trace, frame);
}

static void begin(struct heard *h, bool ipv6)
{
    struct ak_endpoint end[AK_SIDES];
    memset(h, 0, sizeof *h);
    memset(end, 0, sizeof end);
    wire_open(&h->wire);
    for (unsigned side = 0; side < AK_SIDES; side++) {
        static const uint8_t v4[] = {192, 0, 2}, v6[] = {0x20, 1, 0x0d, 0xb8};
        end[side].version = ipv6 ? 6 : 4;
        memcpy(end[side].address, ipv6 ? v6 : v4, ipv6 ? sizeof v6 : sizeof v4);
        end[side].address[ipv6 ? 15 : 3] = (uint8_t)(side ? 9 : 5);
        end[side].port = (uint16_t)(side ? 1433 : 50000);
    }
    ak_transcript_init(&h->transcript, &end[AK_SIDE_CLIENT], &end[AK_SIDE_SERVER], on_frame, h);
    h->now = INT64_C(1700000000) * 1000 * MS;
    ak_transcript_begin(&h->transcript, h->now);
}

static void play_word(void *player, char *word)
{
    struct heard *h = player;
    enum ak_side side = script_side(word);
    h->now += MS;
    if (strcmp(word + 1, "F") == 0) {
        ak_transcript_fin(&h->transcript, side, h->now);
    } else if (strcmp(word + 1, "R") == 0) {
        ak_transcript_rst(&h->transcript, side, h->now);
    } else if (strcmp(word + 1, "SA") == 0) {
        ak_transcript_opened(&h->transcript, h->now);
    } else if (strcmp(word + 1, "RA") == 0) {
        ak_transcript_refused(&h->transcript, h->now);
    } else {
        struct ak_span bytes = script_bytes(word);
        ak_transcript_bytes(&h->transcript, side, bytes.bytes, bytes.size, h->now);
    }
}

static const struct ak_conversation *end_of(struct heard *h)
{
    ak_trace_flush(h->wire.trace);
    assert_int_equal(h->wire.count, 1);
    return h->wire.seen[0];
}

/* What each side sends is numbered without a gap, and acknowledges all that came before. */
static void check_numbers(const struct heard *h)
{
    uint32_t next[AK_SIDES] = {0, 0};
    bool known[AK_SIDES] = {false, false};
    for (size_t i = 0; i < h->count; i++) {
        const struct ak_tcp_segment *t = &h->tcp[i];
        unsigned side = t->source_port == 1433;
        if (known[side])
            assert_int_equal(t->sequence, next[side]);
        if ((t->flags & AK_TCP_ACK) != 0 && known[!side])
            assert_int_equal(t->acknowledgement, next[!side]);
        known[side] = true;
        next[side] = t->sequence + (uint32_t)h->size[i] +
                     ((t->flags & (AK_TCP_SYN | AK_TCP_FIN)) != 0 ? 1 : 0);
        if (i != 0)
            assert_true(h->time[i] >= h->time[i - 1]);
    }
}

static void frames_name_both_ends(void **state)
{
    (void)state;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        struct heard h;
        char address[46];
        begin(&h, ipv6);
        script_play("<SA >CH <AL40 <F >F", play_word, &h);
        check_numbers(&h);
        assert_int_equal(h.ip[0].version, ipv6 ? 6 : 4);
        assert_int_equal(h.tcp[0].flags, AK_TCP_SYN);
        assert_int_equal(h.tcp[1].flags, AK_TCP_SYN | AK_TCP_ACK);
        assert_int_equal(h.tcp[2].flags, AK_TCP_ACK);
        assert_int_equal(h.tcp[h.count - 1].flags, AK_TCP_ACK);
        const struct ak_conversation *c = end_of(&h);
        ak_endpoint_text(&c->end[AK_SIDE_SERVER], address);
        assert_string_equal(address, ipv6 ? "2001:db8::9" : "192.0.2.9");
        assert_int_equal(c->end[AK_SIDE_CLIENT].port, 50000);
        assert_false(c->begun_before);
        assert_int_equal(c->step[AK_STEP_SYN].time, h.time[0]);
        wire_close(&h.wire);
    }
}

static void the_trace_reads_what_happened(void **state)
{
    static const struct {
        const char *script, *letters;
        enum ak_protocol protocol;
        enum ak_outcome outcome;
        enum ak_stage stage;
        enum ak_side closed_by;
        enum ak_close close;
    } rows[] = {
        {"<SA >PL1 <PR1 >[CH <F >F", ">S <SA >A >PL <PR >CH <F >F <A", AK_PROTOCOL_TDS,
         AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_FIN},
        {"<SA >PL1 <PR1 >[CH <R", ">S <SA >A >PL <PR >CH <R", AK_PROTOCOL_TDS, AK_OUTCOME_FAILED,
         AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_RST},
        {"<SA >CH <AL70 <F >F", ">S <SA >A >CH <AL(70) <F >F <A", AK_PROTOCOL_TLS,
         AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER, AK_CLOSE_ALERT},
        {"<SA >CH <SH+CE+SK+SD >CK+CC+EF <CC+EF >F <F",
         ">S <SA >A >CH <SH <CE <SK <SD >CK >CC >EF <CC <EF >F <F >A", AK_PROTOCOL_TLS,
         AK_OUTCOME_ESTABLISHED, AK_STAGE_P5B, AK_SIDE_CLIENT, AK_CLOSE_FIN},
        {"<RA", ">S <R", AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
         AK_CLOSE_RST},
        {"<SA >PL1 >R", ">S <SA >A >PL >R", AK_PROTOCOL_TDS, AK_OUTCOME_REFUSED, AK_STAGE_P1,
         AK_SIDE_CLIENT, AK_CLOSE_RST},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct heard h;
        begin(&h, i % 2 != 0);
        script_play(rows[i].script, play_word, &h);
        const struct ak_conversation *c = end_of(&h);
        assert_string_equal(letters_of(c), rows[i].letters);
        assert_int_equal(c->protocol, rows[i].protocol);
        assert_string_equal(ak_outcome_name(c->outcome), ak_outcome_name(rows[i].outcome));
        assert_int_equal(c->stage, rows[i].stage);
        assert_int_equal(c->closed_by, rows[i].closed_by);
        assert_int_equal(c->close, rows[i].close);
        assert_false(c->hole || c->truncated);
        assert_int_equal(c->side[AK_SIDE_CLIENT].retransmissions, 0);
        assert_int_equal(c->side[AK_SIDE_SERVER].retransmissions, 0);
        wire_close(&h.wire);
    }
}

static void long_messages_become_segments(void **state)
{
    static const size_t sizes[] = {0, 1, 1459, 1460, 1461, 2920, 100000};
    static uint8_t bytes[100000];
    (void)state;
    for (size_t i = 0; i < AK_COUNT(sizes); i++) {
        struct heard h;
        size_t sum = 0;
        begin(&h, i % 2 != 0);
        ak_transcript_opened(&h.transcript, h.now);
        ak_transcript_bytes(&h.transcript, AK_SIDE_SERVER, bytes, sizes[i], h.now);
        ak_transcript_fin(&h.transcript, AK_SIDE_SERVER, h.now);
        ak_transcript_fin(&h.transcript, AK_SIDE_CLIENT, h.now);
        for (size_t k = 3; k < h.count; k++) {
            assert_true(h.size[k] <= 1460);
            sum += h.size[k];
        }
        assert_int_equal(sum, sizes[i]);
        assert_int_equal(h.count, 3 + (sizes[i] + 1459) / 1460 + 3);
        check_numbers(&h);
        const struct ak_conversation *c = end_of(&h);
        assert_int_equal(c->side[AK_SIDE_SERVER].bytes, sizes[i]);
        assert_false(c->hole);
        wire_close(&h.wire);
    }
}

static void a_side_ends_once(void **state)
{
    struct heard h;
    (void)state;
    begin(&h, false);
    script_play("<SA >F >F <F <F >F", play_word, &h);
    assert_int_equal(h.count, 3 + 3);
    check_numbers(&h);
    wire_close(&h.wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_name_both_ends),
        cmocka_unit_test(the_trace_reads_what_happened),
        cmocka_unit_test(long_messages_become_segments),
        cmocka_unit_test(a_side_ends_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
