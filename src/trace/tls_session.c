/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tls_session.h"

#include "base/utf16.h"
#include "model/tls_names.h"

#include "base/banned.h"

static bool is_tls13(const struct ak_tls_seen *tls)
{
    return tls->version == 0x0304;
}

/* ---- handshake messages ---- */

/* Behind the four bytes that may tell the time, before those that RFC 8446 4.1.3 gives a meaning.
 */
static uint64_t part_of_random(const uint8_t *random)
{
    uint64_t part = 0;
    if (random != NULL)
        memcpy(&part, random + 8, sizeof part);
    return part;
}

static void note_hello(struct ak_dialogue *d)
{
    d->seen->tls->client_hellos++;
    ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_CH, 0);
    ak_dialogue_step(d, AK_STEP_CLIENT_HELLO);
}

static void note_said(struct ak_dialogue *d, const struct ak_hello_said *said)
{
    struct ak_tls_seen *tls = d->seen->tls;
    tls->hello = said->shape;
    if (tls->hello != NULL && tls->hello->strict_tds && !d->tds)
        d->seen->protocol = AK_PROTOCOL_TDS8;
    tls->random[AK_SIDE_CLIENT] = part_of_random(said->random);
    tls->ssl2_hello = said->ssl2_format;
    tls->early_data = said->early_data;
    if (said->server_name.size != 0) {
        char name[AK_MAX_WIRE_TEXT];
        ak_tls_set_server_name(tls, name, ak_utf8_copy(said->server_name, name, sizeof name));
    }
}

static void read_client_hello(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    note_hello(d);
    if (tls->hello == NULL) {
        struct ak_hello_said said;
        bool good = ak_hello_read(d->shared->hellos, body, &said) == AK_VERDICT_PARSED;
        tls->malformed_hello |= !good || said.malformed;
        if (good)
            note_said(d, &said);
        return;
    }
    /* The answer to a retry request: the first one is what the client offers. */
    struct ak_client_hello hello;
    struct ak_parse parse;
    bool good = ak_client_hello_parse(body, &hello, &parse) == AK_VERDICT_PARSED;
    tls->malformed_hello |= !good || hello.bad_extensions != 0;
}

static bool is_resumed(const struct ak_server_hello *hello, const struct ak_tls_seen *tls)
{
    return tls->version == 0x0304 && hello->pre_shared_key;
}

static void read_server_hello(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    struct ak_server_hello hello;
    struct ak_parse parse;
    if (ak_server_hello_parse(body, &hello, &parse) != AK_VERDICT_PARSED) {
        tls->malformed_hello = true;
        return;
    }
    tls->server_hellos++;
    if (hello.hello_retry) {
        tls->hello_retry = true;
        tls->retry_group = hello.key_share_group;
        ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_HRR, 0);
        ak_dialogue_step(d, AK_STEP_HELLO_RETRY);
        return;
    }
    ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_SH, 0);
    ak_dialogue_step(d, AK_STEP_SERVER_HELLO);
    if (tls->has_server_hello)
        return;
    tls->has_server_hello = true;
    tls->random[AK_SIDE_SERVER] = part_of_random(hello.random);
    tls->version = ak_tls_version_normal(hello.version);
    tls->version_code = hello.version;
    tls->cipher_suite = hello.cipher_suite;
    tls->group = hello.key_share_group;
    tls->server_ems = hello.extended_master_secret;
    tls->resumed = is_resumed(&hello, tls);
    if (hello.has_alpn) {
        char name[AK_MAX_WIRE_TEXT];
        ak_tls_set_server_alpn(tls, name, ak_utf8_copy(hello.alpn, name, sizeof name));
    }
    ak_ja3s_of(d->shared->hellos, &hello, tls->ja3s);
}

static void read_server_certificate(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    struct ak_certificate_list list;
    struct ak_parse parse;
    ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_CE, 0);
    ak_dialogue_step(d, AK_STEP_CERTIFICATE);
    if (tls->certificate_message)
        return;
    tls->certificate_message = true;
    (void)ak_certificate_list_parse(body, &list, &parse);
    tls->chain_sent = list.count;
    size_t kept = list.count < AK_MAX_CHAIN ? list.count : AK_MAX_CHAIN;
    for (size_t i = 0; i < kept; i++) {
        struct ak_certificate *c = ak_certificate_of(d->shared->certificates, list.entry[i]);
        if (c == NULL)
            break;
        tls->chain[tls->chain_count++] = c;
    }
}

static void read_client_certificate(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    struct ak_certificate_list list;
    struct ak_parse parse;
    ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_CE, 0);
    ak_dialogue_step(d, AK_STEP_CLIENT_CERTIFICATE);
    (void)ak_certificate_list_parse(body, &list, &parse);
    tls->client_certificate_sent = list.count != 0;
    tls->client_certificate_empty = list.count == 0;
}

static unsigned bit_length(struct ak_span number)
{
    size_t i = 0;
    while (i < number.size && number.bytes[i] == 0)
        i++;
    if (i == number.size)
        return 0;
    unsigned bits = (unsigned)(number.size - i) * 8;
    for (uint8_t top = number.bytes[i]; !(top & 0x80); top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

static size_t byte_length(struct ak_span number)
{
    return (bit_length(number) + 7) / 8;
}

static bool is_dhe(uint16_t suite)
{
    const struct ak_cipher_suite *s = ak_cipher_suite_find(suite);
    return s != NULL && s->key_exchange == AK_KX_DHE;
}

static bool is_ecdhe(uint16_t suite)
{
    const struct ak_cipher_suite *s = ak_cipher_suite_find(suite);
    return s != NULL && s->key_exchange == AK_KX_ECDHE;
}

static void read_server_key_exchange(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    struct ak_server_key_exchange exchange;
    struct ak_parse parse;
    ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_SK, 0);
    ak_dialogue_step(d, AK_STEP_SERVER_KEY_EXCHANGE);
    bool dhe = is_dhe(tls->cipher_suite);
    if (!dhe && !is_ecdhe(tls->cipher_suite))
        return;
    if (ak_server_key_exchange_parse(body, dhe, tls->version, &exchange, &parse) !=
        AK_VERDICT_PARSED)
        return;
    tls->server_signature_scheme = exchange.signature_scheme;
    if (!dhe) {
        tls->group = exchange.group;
        return;
    }
    tls->dh_prime_bits = bit_length(exchange.p);
    /* A zero on top, as sent or left away: RFC 5246 8.1.2 strips them, some stacks pad. */
    tls->dh_server_leading_zero = byte_length(exchange.public_value) < byte_length(exchange.p);
}

static void read_certificate_request(struct ak_dialogue *d)
{
    ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_CR, 0);
    ak_dialogue_step(d, AK_STEP_CERTIFICATE_REQUEST);
    d->seen->tls->client_certificate_requested = true;
}

static void read_client_key_exchange(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tls_seen *tls = d->seen->tls;
    ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_CK, 0);
    ak_dialogue_step(d, AK_STEP_CLIENT_KEY_EXCHANGE);
    if (tls->dh_prime_bits == 0)
        return;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    struct ak_reader y = ak_read_sub16(&r, "dh_Yc");
    if (ak_reader_ok(&r))
        tls->dh_client_leading_zero =
            byte_length(ak_reader_rest(&y)) < (tls->dh_prime_bits + 7) / 8;
}

static void message_done(struct ak_dialogue *d, enum ak_side side, struct ak_span body)
{
    uint8_t type = d->half[side].tls.message_header[0];
    if (type == AK_TLS_CLIENT_HELLO && side == AK_SIDE_CLIENT)
        read_client_hello(d, body);
    else if (type == AK_TLS_CLIENT_KEY_EXCHANGE && side == AK_SIDE_CLIENT)
        read_client_key_exchange(d, body);
    else if (type == AK_TLS_CERTIFICATE && side == AK_SIDE_CLIENT)
        read_client_certificate(d, body);
    else if (side == AK_SIDE_CLIENT)
        return;
    else if (type == AK_TLS_SERVER_HELLO)
        read_server_hello(d, body);
    else if (type == AK_TLS_CERTIFICATE)
        read_server_certificate(d, body);
    else if (type == AK_TLS_SERVER_KEY_EXCHANGE)
        read_server_key_exchange(d, body);
    else if (type == AK_TLS_CERTIFICATE_REQUEST)
        read_certificate_request(d);
    else if (type == AK_TLS_SERVER_HELLO_DONE) {
        ak_dialogue_letter(d, side, AK_LETTER_SD, 0);
        ak_dialogue_step(d, AK_STEP_SERVER_HELLO_DONE);
    }
}

static void message_reset(struct ak_dialogue *d, struct ak_record_half *half)
{
    half->message_header_size = 0;
    half->message_seen = 0;
    half->message_skipped = false;
    ak_dialogue_let_go(d, &half->message);
}

/* RFC 5246 7.4, RFC 8446 4, and the few that other RFCs added. */
static bool is_message_type(uint8_t type)
{
    return type <= 6 || type == 8 || (type >= 11 && type <= 16) || (type >= 20 && type <= 25) ||
           type == 67;
}

/* Of a message that will not be read, the first byte says so. */
static void tell_header_byte(const struct ak_dialogue *d, enum ak_side side, const uint8_t *at)
{
    const struct ak_record_half *half = &d->half[side].tls;
    bool first = half->message_header_size == 0;
    if (is_message_type(first ? *at : half->message_header[0]))
        ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, at, 1, 0);
    else if (first)
        ak_dialogue_tell(d, side, AK_TAP_MARK, at, 1, 0);
}

/* A whole message, or the last piece of one, has been read. */
static void message_whole(struct ak_dialogue *d, enum ak_side side, struct ak_span body)
{
    if (ak_dialogue_is_tapped(d))
        ak_dialogue_tell_message(d, side, AK_TAP_TLS, d->half[side].tls.message_header[0], body);
    message_done(d, side, body);
}

/* Takes as many bytes of the current message as there are. */
static void message_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_reader *r)
{
    struct ak_record_half *half = &d->half[side].tls;
    if (half->message_header_size == 0 && r->left >= 4 && !ak_dialogue_is_tapped(d)) {
        memcpy(half->message_header, ak_reader_take(r, 4, "handshake header"), 4);
        half->message_header_size = 4;
    }
    while (half->message_header_size < 4 && r->left != 0) {
        if (ak_dialogue_is_tapped(d))
            tell_header_byte(d, side, r->at);
        half->message_header[half->message_header_size++] = ak_read_u8(r, "handshake header");
    }
    if (half->message_header_size < 4)
        return;
    if (half->message_seen == 0) {
        if (!is_message_type(half->message_header[0])) {
            /* Ciphertext whose beginning was not seen, or no TLS at all: nothing to read here. */
            half->encrypted = true;
            message_reset(d, half);
            ak_read_skip(r, r->left, "unreadable");
            return;
        }
        half->message_size =
            (uint32_t)half->message_header[1] << 16 | ak_be16(half->message_header + 2);
        half->message_skipped = half->message_size > AK_MAX_HANDSHAKE_MESSAGE;
        if (!half->message_skipped && half->message_size <= r->left) {
            struct ak_span body = ak_read_span(r, half->message_size, "handshake body");
            if (ak_dialogue_is_tapped(d) && body.size != 0)
                ak_dialogue_tell(d, side, AK_TAP_TLS_PART, body.bytes, body.size, 0);
            message_whole(d, side, body);
            message_reset(d, half);
            return;
        }
    }
    size_t left = half->message_size - half->message_seen;
    struct ak_span part = ak_read_span(r, left < r->left ? left : r->left, "handshake body");
    if (ak_dialogue_is_tapped(d) && part.size != 0)
        ak_dialogue_tell(d, side, AK_TAP_TLS_PART, part.bytes, part.size, half->message_seen);
    half->message_seen += (uint32_t)part.size;
    if (!half->message_skipped)
        ak_dialogue_keep(d, &half->message, part);
    if (half->message_seen < half->message_size)
        return;
    if (!half->message_skipped && !half->message.failed) {
        struct ak_span body = {(const uint8_t *)half->message.bytes, half->message.size};
        message_whole(d, side, body);
    }
    message_reset(d, half);
}

/* ---- alerts ---- */

static bool is_fatal(const struct ak_tls_seen *tls, uint8_t level, uint8_t code)
{
    if (is_tls13(tls)) /* RFC 8446 6: the level means nothing */
        return code != 0 && code != 90;
    return level == 2;
}

static void note_alert(struct ak_dialogue *d, enum ak_side side, uint8_t level, uint8_t code)
{
    struct ak_conversation *seen = d->seen;
    ak_dialogue_letter(d, side, AK_LETTER_AL, code);
    if (is_fatal(seen->tls, level, code))
        ak_dialogue_step(d, AK_STEP_ALERT);
    if (seen->alert_count == AK_MAX_ALERTS)
        return;
    struct ak_alert *alert = &seen->alert[seen->alert_count++];
    alert->by = side;
    alert->code = code;
    alert->level = is_fatal(seen->tls, level, code) ? 2 : 1;
    alert->frame = d->frame;
}

/* ---- who is finished, and data ---- */

static void note_finished(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_tls_seen *tls = d->seen->tls;
    if (tls->finished[side])
        return;
    tls->finished[side] = true;
    ak_dialogue_letter(d, side, AK_LETTER_EF, 0);
    ak_dialogue_step(d, side == AK_SIDE_CLIENT ? AK_STEP_CLIENT_FINISHED : AK_STEP_SERVER_FINISHED);
    /* TLS <= 1.2: the server finishing first means an abbreviated handshake. */
    if (side == AK_SIDE_SERVER && !is_tls13(tls) && tls->has_server_hello &&
        !tls->finished[AK_SIDE_CLIENT] && !tls->certificate_message)
        tls->resumed = true;
}

void ak_tls_data_turn(struct ak_dialogue *d, enum ak_side side, uint32_t bytes)
{
    struct ak_tls_seen *tls = d->seen->tls;
    if (tls == NULL)
        return;
    if (side == AK_SIDE_CLIENT &&
        (d->last_data_side != AK_SIDE_CLIENT || tls->client_data_turns == 0)) {
        tls->client_data_turns++;
        tls->last_response_bytes = 0;
    }
    if (side == AK_SIDE_SERVER)
        tls->last_response_bytes += bytes;
    ak_dialogue_data(d, side);
    d->last_data_side = side;
}

/* RFC 8446: a record that can hold a Finished: header, hash, content type, tag. */
static bool can_be_finished(const struct ak_tls_seen *tls, uint32_t length)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
    uint32_t hash = suite ? suite->hash_bytes : 32;
    uint32_t tag = suite ? suite->tag_bytes : 16;
    return length >= 4 + hash + 1 + tag;
}

/* RFC 8446 5.2: two bytes of alert, the content type, the tag; nobody pads alerts. */
static uint32_t alert_length(const struct ak_tls_seen *tls)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
    return 3 + (suite ? suite->tag_bytes : 16u);
}

static void note_encrypted_alert(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_tls_seen *tls = d->seen->tls;
    ak_dialogue_letter(d, side, AK_LETTER_EA, 0);
    if (tls->encrypted_alerts[side]++ == 0)
        tls->first_encrypted_alert[side] = (struct ak_when){d->frame, d->time};
}

static void application_record(struct ak_dialogue *d, enum ak_side side, uint32_t length,
                               bool wrapped)
{
    struct ak_tls_seen *tls = d->seen->tls;
    tls->application_records[side]++;
    if (is_tls13(tls) && !tls->finished[side]) {
        bool in_place = d->seen->protocol != AK_PROTOCOL_TDS || wrapped;
        if (!in_place && d->seen->tds != NULL)
            d->seen->tds->unwrapped_early[side] = true;
        if (can_be_finished(tls, length) && in_place)
            note_finished(d, side);
        else
            ak_dialogue_letter(d, side, AK_LETTER_AP, 0);
        return;
    }
    if (is_tls13(tls) && length == alert_length(tls)) { /* close_notify, or a late refusal */
        note_encrypted_alert(d, side);
        return;
    }
    ak_dialogue_letter(d, side, AK_LETTER_AP, 0);
    bool handshake_seen = tls->client_hellos != 0 || tls->has_server_hello;
    if (handshake_seen && !(tls->finished[AK_SIDE_CLIENT] && tls->finished[AK_SIDE_SERVER]))
        return; /* early data, or data out of place */
    ak_tls_data_turn(d, side, length);
}

static void change_cipher(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_tls_seen *tls = d->seen->tls;
    ak_dialogue_letter(d, side, AK_LETTER_CC, 0);
    tls->change_cipher[side] = true;
    /* In TLS 1.3 the message means nothing (RFC 8446 D.4), and it may come before ServerHello. */
    bool old = tls->has_server_hello ? !is_tls13(tls)
                                     : tls->hello != NULL && tls->hello->max_version < 0x0304;
    bool unknown = !tls->has_server_hello && tls->client_hellos == 0 && !tls->hello_retry;
    d->half[side].tls.encrypted = old || unknown;
}

/* ---- records ---- */

static bool reads_handshake(const struct ak_record_half *half)
{
    return half->record.type == AK_TLS_HANDSHAKE && !half->encrypted;
}

void ak_tls_record_begin(struct ak_dialogue *d, enum ak_side side,
                         const struct ak_tls_record *record, bool wrapped)
{
    struct ak_record_half *half = &d->half[side].tls;
    (void)wrapped;
    half->record = *record;
    half->left = record->length;
    half->seen = 0;
    half->in_record = true;
    d->tls_started = true;
    if (ak_dialogue_tls(d) == NULL)
        half->opaque_body = true;
    if (record->type != AK_TLS_HANDSHAKE)
        message_reset(d, half);
}

/* An alert in clear, a ChangeCipherSpec: the whole record is structure. */
static bool decides(const struct ak_record_half *half)
{
    return (half->record.type == AK_TLS_ALERT && half->record.length == 2 && !half->encrypted) ||
           (half->record.type == AK_TLS_CHANGE_CIPHER_SPEC && half->record.length == 1);
}

void ak_tls_record_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_record_half *half = &d->half[side].tls;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    uint32_t before = half->seen;
    if (ak_dialogue_is_tapped(d) && decides(half))
        ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, bytes.bytes, bytes.size, 0);
    half->seen += (uint32_t)bytes.size;
    half->left -= (uint32_t)bytes.size;
    if (d->seen->tls == NULL)
        return;
    if (half->record.type == AK_TLS_ALERT) {
        for (size_t i = 0; i < bytes.size && before + i < 2; i++)
            half->alert[before + i] = bytes.bytes[i];
    } else if (reads_handshake(half)) {
        while (r.left != 0)
            message_bytes(d, side, &r);
    }
}

static void alert_record(struct ak_dialogue *d, enum ak_side side,
                         const struct ak_record_half *half)
{
    bool clear =
        !half->encrypted && half->record.length == 2 && half->alert[0] >= 1 && half->alert[0] <= 2;
    if (clear) {
        note_alert(d, side, half->alert[0], half->alert[1]);
        return;
    }
    note_encrypted_alert(d, side);
}

/* What a record means, once it has passed. */
static AK_ALWAYS_INLINE void record_over(struct ak_dialogue *d, enum ak_side side,
                                         struct ak_record_half *half, bool wrapped)
{
    switch (half->record.type) {
    case AK_TLS_CHANGE_CIPHER_SPEC:
        change_cipher(d, side);
        break;
    case AK_TLS_ALERT:
        alert_record(d, side, half);
        break;
    case AK_TLS_HANDSHAKE:
        if (half->encrypted && d->seen->tls->change_cipher[side] && !is_tls13(d->seen->tls))
            note_finished(d, side);
        break;
    case AK_TLS_APPLICATION_DATA:
        application_record(d, side, half->record.length, wrapped);
        break;
    default:
        break;
    }
}

void ak_tls_record_end(struct ak_dialogue *d, enum ak_side side, bool wrapped)
{
    struct ak_record_half *half = &d->half[side].tls;
    half->in_record = false;
    half->header_size = 0;
    if (d->seen->tls != NULL)
        record_over(d, side, half, wrapped);
}

/* Apart, so that what passes other records needs no room for a reader. */
static AK_NOINLINE void whole_messages(struct ak_dialogue *d, enum ak_side side,
                                       struct ak_span body)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    while (r.left != 0)
        message_bytes(d, side, &r);
}

void ak_tls_whole_record(struct ak_dialogue *d, enum ak_side side,
                         const struct ak_tls_record *record, struct ak_span body)
{
    struct ak_record_half *half = &d->half[side].tls;
    AK_ONCE(half);
    half->record = *record;
    half->left = 0;
    half->seen = record->length;
    half->in_record = false;
    half->header_size = 0;
    d->tls_started = true;
    if (AK_LIKELY(record->type == AK_TLS_APPLICATION_DATA)) {
        message_reset(d, half);
        application_record(d, side, record->length, false);
        return;
    }
    if (record->type != AK_TLS_HANDSHAKE) {
        message_reset(d, half);
        if (record->type == AK_TLS_ALERT && body.size >= 2)
            memcpy(half->alert, body.bytes, 2);
    } else if (!half->encrypted) {
        whole_messages(d, side, body);
    }
    record_over(d, side, half, false);
}

void ak_tls_wrapped_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_record_half *half = &d->half[side].tls;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    while (r.left != 0) {
        if (!half->in_record) {
            if (ak_dialogue_is_tapped(d))
                ak_dialogue_tell(d, side, AK_TAP_STRUCTURE, r.at, 1, 0);
            half->header[half->header_size++] = ak_read_u8(&r, "record header");
            if (half->header_size < AK_TLS_RECORD_HEADER)
                continue;
            struct ak_tls_record record;
            half->header_size = 0;
            if (!ak_tls_record_parse(half->header, &record)) {
                d->half[side].lost = true;
                return; /* not TLS: wait for the next packet */
            }
            ak_tls_record_begin(d, side, &record, true);
        }
        size_t part = half->left < r.left ? half->left : r.left;
        ak_tls_record_bytes(d, side, ak_read_span(&r, part, "record"));
        if (half->left == 0)
            ak_tls_record_end(d, side, true);
    }
}

void ak_tls_ssl2_record(struct ak_dialogue *d, enum ak_side side, struct ak_span record)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    if (ak_dialogue_tls(d) == NULL)
        return;
    if (side == AK_SIDE_CLIENT) {
        if (ak_ssl2_client_hello_parse(record, &hello, &parse) != AK_VERDICT_PARSED)
            return;
        note_hello(d);
        if (d->seen->tls->hello == NULL) {
            struct ak_hello_said said;
            ak_hello_say(d->shared->hellos, &hello, &said);
            note_said(d, &said);
        }
        return;
    }
    /* SERVER-HELLO of SSL 2.0: message type 4; nothing later in it is followed. */
    if (record.size > 2 && record.bytes[2] == 4 && d->seen->tls->ssl2_hello) {
        d->seen->tls->has_server_hello = true;
        d->seen->tls->version = 0x0002;
        d->seen->tls->version_code = 0x0002;
        ak_dialogue_letter(d, side, AK_LETTER_SH, 0);
        ak_dialogue_step(d, AK_STEP_SERVER_HELLO);
    }
}

void ak_tls_session_lost(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_record_half *half = &d->half[side].tls;
    half->in_record = false;
    half->header_size = 0;
    half->left = 0;
    message_reset(d, half);
}
