/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "model/link_names.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "observe/process.h"
#include "report/json.h"
#include "report/jsonl_clear.h"
#include "report/jsonl_shared.h"
#include "report/jsonl_tds.h"
#include "report/words.h"

#include "base/banned.h"

/* A piece of a line that never changes, and is copied whole: its size counts afterwards. */
struct piece {
    uint8_t size;
    char text[63];
};

/* What decides how a line speaks of TLS, but for the name that the client asked for. */
struct terms {
    uint32_t hello, leaf; /* ids; leaf 0: none */
    uint16_t version, version_code, cipher_suite, group;
    uint32_t dh_prime_bits, flags;
    uint64_t chain_sent;
    char ja3s[40];
};

/* Remembered: a server says nearly the same to all its clients. */
struct tls_pieces {
    struct terms terms;
    bool good;
    struct ak_text negotiated, head, tail; /* head: of the object tls, up to the name */
};

struct ak_jsonl {
    struct ak_jsonl_shared shared;
    struct piece protocol[AK_PROTOCOL_TLS + 1], outcome[AK_OUTCOME_INCOMPLETE + 1],
        stage[AK_STAGE_P7 + 1], closed_by[AK_SIDES + 1], close[AK_CLOSE_TIMEOUT + 1],
        tcp_end[AK_SIDES][2], step[AK_STEPS];
    char file[256]; /* the last one's name, and how it is written */
    struct ak_text file_text;
    int64_t second; /* and how it begins */
    char second_text[30];
    struct tls_pieces pieces[64];
    size_t place; /* end of the object akushu in the last line, from that line's end */
};

static void make_piece(struct piece *piece, const char *before, const char *word, const char *after)
{
    int n = snprintf(piece->text, sizeof piece->text, "%s%s%s", before, word, after);
    AK_BUG_ON(n < 0 || (size_t)n >= sizeof piece->text);
    piece->size = (uint8_t)n;
}

static void make_pieces(struct ak_jsonl *jsonl)
{
    for (size_t i = 0; i < AK_COUNT(jsonl->protocol); i++)
        make_piece(&jsonl->protocol[i], ",\"protocol\":\"", ak_protocol_name((enum ak_protocol)i),
                   "\"");
    for (size_t i = 0; i < AK_COUNT(jsonl->outcome); i++)
        make_piece(&jsonl->outcome[i], ",\"outcome\":\"", ak_outcome_name((enum ak_outcome)i),
                   "\"");
    for (size_t i = 0; i < AK_COUNT(jsonl->stage); i++)
        make_piece(&jsonl->stage[i], ",\"stage\":\"", ak_stage_name((enum ak_stage)i), "\"");
    for (size_t i = 0; i < AK_COUNT(jsonl->closed_by); i++)
        make_piece(&jsonl->closed_by[i], ",\"closed_by\":\"", ak_side_name((enum ak_side)i), "\"");
    for (size_t i = 0; i < AK_COUNT(jsonl->close); i++)
        make_piece(&jsonl->close[i], ",\"close\":\"", ak_close_name((enum ak_close)i), "\"");
    for (size_t i = 0; i < AK_COUNT(jsonl->tcp_end); i++)
        for (int rst = 0; rst < 2; rst++)
            make_piece(&jsonl->tcp_end[i][rst], ",\"tcp_end\":{\"by\":\"",
                       ak_side_name((enum ak_side)i),
                       rst ? "\",\"how\":\"rst\"}" : "\",\"how\":\"fin\"}");
    for (size_t i = 0; i < AK_COUNT(jsonl->step); i++)
        make_piece(&jsonl->step[i], "{\"name\":\"", ak_step_name((enum ak_step)i), "\",\"frame\":");
}

/* The number of a frame, which is near that of the one before: all but three digits stay. */
struct frame_text {
    uint64_t thousands;
    struct ak_digits digits; /* of those */
};

static AK_ALWAYS_INLINE char *put_frame(struct frame_text *last, char *at, uint64_t frame)
{
    uint64_t thousands = frame / 1000;
    if (AK_UNLIKELY(thousands == 0 || thousands >= AK_DIGITS_END))
        return ak_decimal(at, frame);
    if (thousands != last->thousands) {
        last->thousands = thousands;
        last->digits = ak_digits_of((uint32_t)thousands);
    }
    at = ak_digits_put(at, last->digits);
    memcpy(at, ak_three_digits[frame - 1000 * thousands], 4);
    return at + 3;
}

enum { PIECE_MAXIMUM = 1024 * 1024 };

struct ak_jsonl *ak_jsonl_new(void)
{
    struct ak_jsonl *jsonl = ak_alloc(1, sizeof *jsonl);
    if (jsonl == NULL)
        return NULL;
    ak_jsonl_shared_init(&jsonl->shared);
    ak_text_init(&jsonl->file_text, 4096);
    jsonl->second = INT64_MIN;
    for (size_t i = 0; i < AK_COUNT(jsonl->pieces); i++) {
        ak_text_init(&jsonl->pieces[i].negotiated, PIECE_MAXIMUM);
        ak_text_init(&jsonl->pieces[i].head, PIECE_MAXIMUM);
        ak_text_init(&jsonl->pieces[i].tail, PIECE_MAXIMUM);
    }
    make_pieces(jsonl);
    return jsonl;
}

void ak_jsonl_free(struct ak_jsonl *jsonl)
{
    if (jsonl == NULL)
        return;
    ak_jsonl_shared_release(&jsonl->shared);
    ak_text_release(&jsonl->file_text);
    for (size_t i = 0; i < AK_COUNT(jsonl->pieces); i++) {
        ak_text_release(&jsonl->pieces[i].negotiated);
        ak_text_release(&jsonl->pieces[i].head);
        ak_text_release(&jsonl->pieces[i].tail);
    }
    ak_free(jsonl);
}

/* The number of a frame in its file, and the file where it is not the conversation's first one. */
static void write_place(const struct ak_conversation *c, uint64_t frame, struct ak_json *j)
{
    struct ak_place place = ak_source_place(c->source, frame);
    ak_json_member_u64(j, "frame", place.frame);
    if (place.file != c->source->file)
        ak_json_member_text(j, "file", place.file);
}

static void write_alerts(const struct ak_conversation *c, struct ak_json *j)
{
    ak_json_key(j, "alerts");
    ak_json_open(j, '[');
    for (size_t i = 0; i < c->alert_count; i++) {
        const struct ak_alert *a = &c->alert[i];
        const char *name = ak_tls_alert_name(a->code);
        ak_json_separate(j);
        ak_json_open(j, '{');
        ak_json_member_word(j, "by", ak_side_name(a->by));
        ak_json_member_word(j, "level", a->level == 2 ? "fatal" : "warning");
        ak_json_member_u64(j, "code", a->code);
        if (name != NULL)
            ak_json_member_word(j, "name", name);
        write_place(c, a->frame, j);
        ak_json_close(j, '}');
    }
    ak_json_close(j, ']');
}

static void write_flags(const struct ak_conversation *c, struct ak_json *j)
{
    const struct {
        const char *key;
        size_t size;
        bool value;
    } flags[] = {
        {"begun_before", 12, c->begun_before},
        {"direction_guessed", 17, c->direction_guessed},
        {"hole", 4, c->hole},
        {"truncated", 9, c->truncated},
        {"evicted", 7, c->evicted},
    };
    for (size_t i = 0; i < AK_COUNT(flags); i++)
        if (flags[i].value) {
            ak_json_key_n(j, flags[i].key, flags[i].size);
            ak_text_bytes(j->out, "true", 4);
        }
    if (c->syn_retries != 0)
        ak_json_member_u64(j, "syn_retries", c->syn_retries);
}

static const char *client_certificate_word(const struct ak_tls_seen *tls)
{
    if (tls->client_certificate_sent)
        return "sent";
    if (tls->client_certificate_empty)
        return "empty";
    return tls->client_certificate_requested ? "requested" : NULL;
}

static void write_negotiated(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    if (tls->hello != NULL)
        ak_jsonl_offers(&jsonl->shared, tls->hello, j);
    if (tls->has_server_hello) {
        ak_json_key(j, "version_code");
        ak_json_code(j, tls->version_code);
        ak_json_key(j, "cipher_code");
        ak_json_code(j, tls->cipher_suite);
    }
    if (tls->hello_retry)
        ak_json_member_bool(j, "hello_retry", true);
    if (tls->malformed_hello)
        ak_json_member_bool(j, "malformed_hello", true);
    if (tls->hello != NULL) {
        ak_json_key(j, "extended_master_secret");
        ak_json_open(j, '{');
        ak_json_member_bool(j, "client", tls->hello->extended_master_secret);
        if (tls->has_server_hello && tls->version != 0x0304)
            ak_json_member_bool(j, "server", tls->server_ems);
        ak_json_close(j, '}');
    }
    if (tls->dh_prime_bits != 0) {
        ak_json_key(j, "dh");
        ak_json_open(j, '{');
        ak_json_member_u64(j, "prime_bits", tls->dh_prime_bits);
        ak_json_member_bool(j, "server_leading_zero", tls->dh_server_leading_zero);
        ak_json_member_bool(j, "client_leading_zero", tls->dh_client_leading_zero);
        ak_json_close(j, '}');
    }
    if (tls->certificate_message)
        ak_json_member_u64(j, "chain_length", tls->chain_sent);
    const char *word = client_certificate_word(tls);
    if (word != NULL)
        ak_json_member_word(j, "client_certificate", word);
}

/* A step in which the file of the conversation's first frame has ended. */
static void write_far_step(const struct ak_conversation *c, int step, struct ak_json *j)
{
    ak_json_separate(j);
    ak_json_open(j, '{');
    ak_json_member_word(j, "name", ak_step_name((enum ak_step)step));
    write_place(c, c->step[step].frame, j);
    ak_json_key(j, "ms");
    ak_text_i64(j->out, (c->step[step].time - c->first_time) / 1000000);
    ak_json_close(j, '}');
}

static void write_steps(const struct ak_jsonl *jsonl, const struct ak_conversation *c,
                        struct ak_json *j)
{
    enum { STEP = sizeof jsonl->step[0].text + 2 * AK_DECIMAL_ROOM + 16 };
    const uint64_t before = c->source->first_frame - 1;
    const uint64_t next = c->source->next != NULL ? c->source->next->first_frame : UINT64_MAX;
    struct ak_text *out = j->out;
    struct frame_text number = {0, {0, 0}};
    ak_json_key(j, "steps");
    ak_json_open(j, '[');
    if (!ak_text_reserve(out, AK_STEPS * STEP))
        return;
    char *at = out->bytes + out->size;
    for (int i = 0; i < AK_STEPS; i++) {
        const struct ak_when *when = &c->step[i];
        int64_t since = when->time - c->first_time;
        if (when->frame == 0)
            continue;
        if (AK_UNLIKELY(when->frame >= next || since < 0)) {
            out->size = (size_t)(at - out->bytes);
            write_far_step(c, i, j);
            if (!ak_text_reserve(out, AK_STEPS * STEP))
                return;
            at = out->bytes + out->size;
            continue;
        }
        *at = ',';
        at += j->comma;
        memcpy(at, jsonl->step[i].text, sizeof jsonl->step[i].text);
        at += jsonl->step[i].size;
        at = put_frame(&number, at, when->frame - before);
        memcpy(at, ",\"ms\":", 6);
        at = ak_short_decimal(at + 6, (uint64_t)since / 1000000);
        *at++ = '}';
        j->comma = true;
    }
    out->size = (size_t)(at - out->bytes);
    ak_json_close(j, ']');
}

static void write_transport(const struct ak_conversation *c, struct ak_json *j)
{
    const struct ak_side_seen *a = &c->side[0], *b = &c->side[1];
    if (a->retransmissions + b->retransmissions != 0)
        ak_json_member_u64(j, "retransmissions", a->retransmissions + b->retransmissions);
    if (a->keep_alives + b->keep_alives != 0)
        ak_json_member_u64(j, "keep_alives", a->keep_alives + b->keep_alives);
    if (a->zero_windows + b->zero_windows != 0)
        ak_json_member_u64(j, "zero_windows", a->zero_windows + b->zero_windows);
}

/* The name of a file, which hundreds of thousands of lines repeat. */
static void write_file(struct ak_jsonl *jsonl, const char *file, struct ak_json *j)
{
    if (strcmp(jsonl->file, file) != 0 || jsonl->file_text.size == 0) {
        struct ak_json text = {&jsonl->file_text, false};
        size_t size = strlen(file);
        if (size >= sizeof jsonl->file) {
            ak_json_text(j, file);
            return;
        }
        memcpy(jsonl->file, file, size + 1);
        ak_text_clear(&jsonl->file_text);
        ak_json_text(&text, file);
    }
    if (jsonl->file_text.failed)
        ak_text_fail(j->out);
    ak_text_bytes(j->out, jsonl->file_text.bytes, jsonl->file_text.size);
}

/* Writes a literal and returns its end; the caller has made room. */
#define PUT(at, literal) put_bytes(at, literal, sizeof(literal) - 1)
static AK_ALWAYS_INLINE char *put_bytes(char *at, const char *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static AK_ALWAYS_INLINE char *copy_piece(char *at, const struct piece *piece)
{
    memcpy(at, piece->text, sizeof piece->text);
    return at + piece->size;
}

/* What lay around its packets, and the program that the recorder noted. */
static void write_origin(const struct ak_conversation *c, struct ak_json *j)
{
    if (c->encapsulations != 0) {
        ak_json_key(j, "encapsulation");
        ak_json_open(j, '[');
        for (int i = 0; i < AK_ENCAPSULATIONS; i++)
            if (c->encapsulations >> i & 1) {
                ak_json_separate(j);
                ak_json_text(j, ak_encapsulation_name((enum ak_encapsulation)i));
            }
        ak_json_close(j, ']');
    }
    enum ak_side side;
    const struct ak_process_note *process = ak_conversation_process(c, &side);
    if (process != NULL) {
        ak_json_key(j, "process");
        ak_json_open(j, '{');
        ak_json_member_word(j, "side", ak_side_name(side));
        ak_json_member_text(j, "executable", process->path);
        ak_json_member_u64(j, "pid", process->id);
        ak_json_close(j, '}');
    }
}

/* What every line begins with, up to the packet letters. */
static void write_head(struct ak_jsonl *jsonl, const struct ak_conversation *c, struct ak_json *j)
{
    enum { HEAD = 1024 };
    struct ak_place first = ak_source_place(c->source, c->first_frame);
    struct ak_place last = ak_source_place(c->source, c->last_frame);
    struct ak_text *out = j->out;
    if (!ak_text_reserve(out, HEAD))
        return;
    char *at = out->bytes + out->size;
    at = PUT(at, "{\"akushu\":{\"kind\":\"conversation\",\"schema\":1,\"id\":");
    at = ak_decimal(at, c->id);
    at = PUT(at, ",\"file\":");
    out->size = (size_t)(at - out->bytes);
    write_file(jsonl, first.file, j);
    if (!ak_text_reserve(out, HEAD))
        return;
    at = out->bytes + out->size;
    at = PUT(at, ",\"frames\":[");
    at = ak_decimal(at, first.frame);
    *at++ = ',';
    at = ak_decimal(at, last.frame);
    *at++ = ']';
    j->comma = true;
    enum ak_side side;
    if (AK_UNLIKELY(last.file != first.file || c->encapsulations != 0 ||
                    ak_conversation_process(c, &side) != NULL)) {
        out->size = (size_t)(at - out->bytes);
        if (last.file != first.file)
            ak_json_member_text(j, "last_file", last.file);
        write_origin(c, j);
        if (!ak_text_reserve(out, HEAD))
            return;
        at = out->bytes + out->size;
    }
    at = copy_piece(at, &jsonl->protocol[c->protocol]);
    at = copy_piece(at, &jsonl->outcome[c->outcome]);
    at = copy_piece(at, &jsonl->stage[c->stage]);
    at = copy_piece(at, &jsonl->closed_by[c->closed_by]);
    at = copy_piece(at, &jsonl->close[c->close]);
    if (c->tcp_end_by != AK_SIDE_NONE)
        at = copy_piece(at, &jsonl->tcp_end[c->tcp_end_by][c->tcp_end_rst]);
    out->size = (size_t)(at - out->bytes);
}

static void write_letters(const struct ak_conversation *c, struct ak_json *j)
{
    struct ak_text *out = j->out;
    if (!ak_text_reserve(out, AK_LETTERS_TEXT + 32))
        return;
    char *at = out->bytes + out->size;
    at = PUT(at, ",\"letters\":\"");
    at += ak_letters_text(&c->letters, at, AK_LETTERS_TEXT);
    *at++ = '"';
    out->size = (size_t)(at - out->bytes);
}

static bool has_tls_object(const struct ak_conversation *c)
{
    const struct ak_tls_seen *tls = c->tls;
    return tls != NULL && (tls->client_hellos != 0 || tls->server_hellos != 0 ||
                           tls->has_server_hello || tls->certificate_message || tls->finished[0] ||
                           tls->finished[1] || c->alert_count != 0);
}

static void write_tls_server(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls,
                             struct ak_json *j)
{
    ak_json_key(j, "server");
    ak_json_open(j, '{');
    if (tls->ja3s[0] != '\0')
        ak_json_member_word(j, "ja3s", tls->ja3s);
    if (tls->chain_count != 0)
        ak_jsonl_certificate(&jsonl->shared, tls->chain[0], j);
    ak_json_close(j, '}');
}

/* The object tls up to the server's name that the client wrote. */
static void write_tls_head(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls, struct ak_json *j)
{
    ak_json_key(j, "tls");
    ak_json_open(j, '{');
    ak_json_member_bool(j, "established", tls->finished[0] && tls->finished[1]);
    if (tls->has_server_hello) {
        const char *version = ak_tls_version_name(tls->version);
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(tls->cipher_suite);
        if (version != NULL) {
            ak_json_member_word(j, "version_protocol", ak_tls_version_protocol(tls->version));
            ak_json_member_word(j, "version", version);
        }
        if (suite != NULL && tls->version != 0x0002)
            ak_json_member_word(j, "cipher", suite->name);
        if (tls->group != 0) {
            const char *group = ak_tls_group_name(tls->group);
            ak_json_key(j, "curve");
            if (group != NULL)
                ak_json_text(j, group);
            else
                ak_json_code(j, tls->group);
        }
        ak_json_member_bool(j, "resumed", tls->resumed);
    }
    if (tls->server_alpn != NULL)
        ak_json_member_text(j, "next_protocol", tls->server_alpn);
    if (tls->hello != NULL) {
        ak_json_key(j, "client");
        ak_json_open(j, '{');
        ak_jsonl_tls_client(&jsonl->shared, tls->hello, j);
    }
}

/* From there to its end. */
static void write_tls_tail(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls, struct ak_json *j)
{
    if (tls->hello != NULL)
        ak_json_close(j, '}');
    if (tls->ja3s[0] != '\0' || tls->chain_count != 0)
        write_tls_server(jsonl, tls, j);
    ak_json_close(j, '}');
}

/* ---- lines that differ in little ---- */

/* All that decides those pieces; the same bytes, the same pieces. */
static bool terms_of(const struct ak_tls_seen *tls, struct terms *terms)
{
    bool leaf = tls->chain_count != 0;
    if (!AK_MEMO || tls->hello == NULL || tls->hello->id == 0 || tls->server_alpn != NULL ||
        (leaf && tls->chain[0]->id == 0))
        return false;
    memset(terms, 0, sizeof *terms);
    terms->hello = tls->hello->id;
    terms->leaf = leaf ? tls->chain[0]->id : 0;
    terms->version = tls->version;
    terms->version_code = tls->version_code;
    terms->cipher_suite = tls->cipher_suite;
    terms->group = tls->group;
    terms->dh_prime_bits = tls->dh_prime_bits;
    terms->chain_sent = tls->chain_sent;
    const bool flags[] = {tls->has_server_hello,
                          tls->hello_retry,
                          tls->malformed_hello,
                          tls->server_ems,
                          tls->dh_server_leading_zero,
                          tls->dh_client_leading_zero,
                          tls->certificate_message,
                          tls->client_certificate_requested,
                          tls->client_certificate_sent,
                          tls->client_certificate_empty,
                          tls->resumed,
                          tls->finished[0] && tls->finished[1]};
    for (size_t i = 0; i < AK_COUNT(flags); i++)
        terms->flags |= (uint32_t)flags[i] << i;
    memcpy(terms->ja3s, tls->ja3s, sizeof tls->ja3s);
    return true;
}

static void make_pieces_of(struct ak_jsonl *jsonl, struct tls_pieces *pieces,
                           const struct ak_tls_seen *tls)
{
    struct ak_json negotiated = {&pieces->negotiated, true}, head = {&pieces->head, true},
                   tail = {&pieces->tail, true};
    ak_text_clear(&pieces->negotiated);
    ak_text_clear(&pieces->head);
    ak_text_clear(&pieces->tail);
    write_negotiated(jsonl, tls, &negotiated);
    write_tls_head(jsonl, tls, &head);
    write_tls_tail(jsonl, tls, &tail);
    pieces->good = !pieces->negotiated.failed && !pieces->head.failed && !pieces->tail.failed;
}

/* The pieces of such a line; NULL: they have to be made anew. */
static const struct tls_pieces *pieces_of(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls)
{
    struct terms terms;
    if (!terms_of(tls, &terms))
        return NULL;
    uint64_t mix =
        ak_hash_fold((uint64_t)terms.hello << 32 ^ terms.leaf ^ UINT64_C(0x9e3779b97f4a7c15),
                     (uint64_t)terms.flags << 32 ^ (uint64_t)terms.cipher_suite << 16 ^
                         terms.version_code ^ UINT64_C(0xd1b54a32d192ed03));
    struct tls_pieces *pieces = &jsonl->pieces[mix % AK_COUNT(jsonl->pieces)];
    if (!pieces->good || memcmp(&pieces->terms, &terms, sizeof terms) != 0) {
        pieces->terms = terms;
        make_pieces_of(jsonl, pieces, tls);
    }
    return pieces->good ? pieces : NULL;
}

static void write_tls(struct ak_jsonl *jsonl, const struct ak_tls_seen *tls,
                      const struct tls_pieces *pieces, struct ak_json *j)
{
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->head.bytes, pieces->head.size);
    else
        write_tls_head(jsonl, tls, j);
    j->comma = true;
    if (tls->hello != NULL && tls->server_name != NULL)
        ak_json_member_text(j, "server_name", tls->server_name);
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->tail.bytes, pieces->tail.size);
    else
        write_tls_tail(jsonl, tls, j);
    j->comma = true;
}

static void write_akushu(struct ak_jsonl *jsonl, const struct ak_conversation *c,
                         const struct tls_pieces *pieces, struct ak_json *j)
{
    write_head(jsonl, c, j);
    if (c->alert_count != 0)
        write_alerts(c, j);
    write_letters(c, j);
    write_flags(c, j);
    if (c->clear != NULL || c->tls != NULL)
        ak_jsonl_clear(c, j);
    if (pieces != NULL)
        ak_text_bytes(j->out, pieces->negotiated.bytes, pieces->negotiated.size);
    else if (c->tls != NULL)
        write_negotiated(jsonl, c->tls, j);
    if (c->tds != NULL)
        ak_jsonl_tds_prelogin(c, j);
    if (c->instance != NULL && (c->tds == NULL || c->tds->instance == NULL))
        ak_json_member_text(j, "instance", c->instance);
    ak_json_member_bool(j, "cleartext_login", c->cleartext_login);
    if (c->tds != NULL)
        ak_jsonl_tds_login(c->tds, j);
    write_transport(c, j);
    write_steps(jsonl, c, j);
    jsonl->place = j->out->size;
    ak_json_close(j, '}');
}

static AK_ALWAYS_INLINE char *put_address(const struct ak_endpoint *end, char *at)
{
    if (AK_UNLIKELY(end->version == 6)) {
        ak_endpoint_text(end, at);
        return at + strlen(at);
    }
    for (size_t i = 0; i < 4; i++) {
        at = ak_short_decimal(at, end->address[i]);
        *at++ = '.';
    }
    return at - 1; /* without the last point */
}

/* "client":{...} or "server":{...}, which `key` begins. */
static AK_ALWAYS_INLINE char *put_endpoint(char *at, const char *key, size_t size,
                                           const struct ak_conversation *c, enum ak_side side)
{
    at = put_bytes(at, key, size);
    at = put_address(&c->end[side], at);
    at = PUT(at, "\",\"port\":");
    at = ak_decimal(at, c->end[side].port);
    at = PUT(at, ",\"packets\":");
    at = ak_decimal(at, c->side[side].packets);
    at = PUT(at, ",\"bytes\":");
    at = ak_decimal(at, c->side[side].bytes);
    *at++ = '}';
    return at;
}

/* A time in quotes, whose second is often that of the time before. */
static char *put_time(struct ak_jsonl *jsonl, char *at, int64_t time)
{
    if (AK_UNLIKELY(time < 0 || jsonl->second != time / 1000000000)) {
        struct ak_text text;
        ak_text_init(&text, 64);
        ak_text_time(&text, time, true);
        memcpy(jsonl->second_text, text.size == 30 ? text.bytes : "0000-00-00T00:00:00.000000000Z",
               30);
        ak_text_release(&text);
        jsonl->second = time < 0 ? INT64_MIN : time / 1000000000;
    }
    *at++ = '"';
    memcpy(at, jsonl->second_text, 30);
    if (AK_LIKELY(time >= 0)) {
        uint32_t rest = (uint32_t)(time % 1000000000);
        (void)ak_decimal_8(at + 20, rest / 10);
        at[28] = (char)('0' + rest % 10);
    }
    at += 30;
    *at++ = '"';
    return at;
}

/* From the time to the network: members that every line has. */
static void write_middle(struct ak_jsonl *jsonl, const struct ak_conversation *c, struct ak_json *j)
{
    enum { MIDDLE = 1024 };
    static const char *const outcomes[] = {
        [AK_OUTCOME_ESTABLISHED] = "success", [AK_OUTCOME_FAILED] = "failure",
        [AK_OUTCOME_REFUSED] = "failure",     [AK_OUTCOME_UNANSWERED] = "failure",
        [AK_OUTCOME_PLAINTEXT] = "unknown",   [AK_OUTCOME_INCOMPLETE] = "unknown"};
    static const char client[] = ",\"client\":{\"ip\":\"", server[] = ",\"server\":{\"ip\":\"";
    int64_t duration = c->last_time - c->first_time;
    struct ak_text *out = j->out;
    if (!ak_text_reserve(out, MIDDLE))
        return;
    char *at = out->bytes + out->size;
    at = PUT(at, ",\"@timestamp\":");
    at = put_time(jsonl, at, c->first_time);
    at = PUT(at, ",\"event\":{\"kind\":\"event\",\"category\":[\"network\"],\"outcome\":\"");
    at = put_bytes(at, outcomes[c->outcome], 7);
    at = PUT(at, "\",\"duration\":");
    at = ak_decimal(at, duration > 0 ? (uint64_t)duration : 0);
    at = PUT(at, ",\"end\":");
    at = put_time(jsonl, at, c->last_time);
    at = PUT(at, "},\"ecs\":{\"version\":\"8.11\"}");
    at = put_endpoint(at, client, sizeof client - 1, c, AK_SIDE_CLIENT);
    at = put_endpoint(at, server, sizeof server - 1, c, AK_SIDE_SERVER);
    at = PUT(at, ",\"network\":{\"transport\":\"tcp\",\"type\":\"ipv");
    *at++ = (char)(c->end[0].version == 6 ? '6' : '4');
    at = PUT(at, "\"}");
    out->size = (size_t)(at - out->bytes);
    j->comma = true;
}

void ak_jsonl_conversation(struct ak_jsonl *jsonl, const struct ak_conversation *c,
                           struct ak_text *out)
{
    struct ak_json json = {out, false}, *j = &json;
    const struct tls_pieces *pieces = c->tls != NULL ? pieces_of(jsonl, c->tls) : NULL;
    write_akushu(jsonl, c, pieces, j);
    write_middle(jsonl, c, j);
    if (has_tls_object(c))
        write_tls(jsonl, c->tls, pieces, j);
    ak_json_close(j, '}');
    ak_text_char(out, '\n');
    jsonl->place = out->size - jsonl->place;
}

size_t ak_jsonl_place(const struct ak_jsonl *jsonl)
{
    return jsonl->place;
}

static void write_translated(const struct ak_joint *joint, enum ak_side side, struct ak_json *j)
{
    char address[46];
    if (!joint->translated[side])
        return;
    ak_endpoint_text(&joint->end[side], address);
    if (side == AK_SIDE_CLIENT)
        ak_json_key(j, "client");
    else
        ak_json_key(j, "server");
    ak_json_open(j, '{');
    ak_json_member_word(j, "ip", address);
    ak_json_member_u64(j, "port", joint->end[side].port);
    ak_json_close(j, '}');
}

void ak_jsonl_other_side(const struct ak_joint *joint, struct ak_text *out)
{
    struct ak_json json = {out, true}, *j = &json;
    ak_json_key(j, "other_side");
    ak_json_open(j, '{');
    ak_json_member_u64(j, "id", joint->id);
    ak_json_member_text(j, "file", joint->source->file);
    ak_json_key(j, "offset_ms");
    ak_text_i64(j->out, joint->offset / 1000000);
    if (joint->near != AK_SIDE_NONE)
        ak_json_member_word(j, "near", ak_side_name(joint->near));
    if (joint->translated[AK_SIDE_CLIENT] || joint->translated[AK_SIDE_SERVER]) {
        ak_json_key(j, "nat");
        ak_json_open(j, '{');
        write_translated(joint, AK_SIDE_CLIENT, j);
        write_translated(joint, AK_SIDE_SERVER, j);
        ak_json_close(j, '}');
    }
    ak_json_close(j, '}');
}
