/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl.h"

#include <string.h>

#include "base/alloc.h"
#include "model/link_names.h"
#include "model/sql_names.h"
#include "model/tls_names.h"
#include "observe/process.h"
#include "report/json.h"
#include "report/jsonl_clear.h"
#include "report/jsonl_letters.h"
#include "report/jsonl_shared.h"
#include "report/jsonl_tds.h"
#include "report/jsonl_tls.h"
#include "report/words.h"

#include "base/banned.h"

/* A piece of a line that never changes, and is copied whole: its size counts afterwards. */
struct piece {
    uint8_t size;
    char text[63];
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
    struct ak_jsonl_letters *letters;
    struct ak_jsonl_tls *tls;
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

struct ak_jsonl *ak_jsonl_new(void)
{
    struct ak_jsonl *jsonl = ak_alloc(1, sizeof *jsonl);
    if (jsonl == NULL)
        return NULL;
    ak_jsonl_shared_init(&jsonl->shared);
    ak_text_init(&jsonl->file_text, 4096);
    jsonl->letters = ak_jsonl_letters_new();
    jsonl->tls = ak_jsonl_tls_new(&jsonl->shared);
    if (jsonl->letters == NULL || jsonl->tls == NULL) {
        ak_jsonl_free(jsonl);
        return NULL;
    }
    jsonl->second = INT64_MIN;
    make_pieces(jsonl);
    return jsonl;
}

void ak_jsonl_free(struct ak_jsonl *jsonl)
{
    if (jsonl == NULL)
        return;
    ak_jsonl_shared_release(&jsonl->shared);
    ak_text_release(&jsonl->file_text);
    ak_jsonl_letters_free(jsonl->letters);
    ak_jsonl_tls_free(jsonl->tls);
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

/* Numbers of which many lie near each other: their upper digits are made once. */
struct near_decimal {
    uint64_t from;
    size_t size; /* of the upper digits; 0: there are none yet */
    char upper[8];
};

static AK_ALWAYS_INLINE char *put_near(struct near_decimal *near, char *at, uint64_t value)
{
    uint64_t low = value - near->from;
    if (AK_UNLIKELY(near->size == 0 || low >= 1000)) {
        if (value < 1000 || value / 1000 >= 100000000)
            return ak_short_decimal(at, value);
        char upper[AK_DECIMAL_ROOM];
        low = value % 1000;
        near->from = value - low;
        near->size = (size_t)(ak_decimal(upper, value / 1000) - upper);
        memcpy(near->upper, upper, sizeof near->upper);
    }
    memcpy(at, near->upper, sizeof near->upper);
    at += near->size;
    return ak_three_digits(at, (unsigned)low);
}

static void write_steps(const struct ak_jsonl *jsonl, const struct ak_conversation *c,
                        struct ak_json *j)
{
    _Static_assert(AK_STEPS <= 32, "a bit for each");
    enum { STEP = sizeof jsonl->step[0].text + 2 * AK_DECIMAL_ROOM + 16 };
    struct near_decimal near = {0};
    const uint64_t before = c->source->first_frame - 1;
    const uint64_t next = c->source->next != NULL ? c->source->next->first_frame : UINT64_MAX;
    struct ak_text *out = j->out;
    uint32_t met = 0; /* bit n: step n. Which ones they are cannot be foretold: no branches */
    ak_json_key(j, "steps");
    ak_json_open(j, '[');
    for (int i = AK_STEPS; i-- > 0;)
        met = met << 1 | (c->step[i].frame != 0);
    const size_t room = ak_ones(met) * (size_t)STEP;
    if (!ak_text_reserve(out, room))
        return;
    char *at = out->bytes + out->size;
    for (; met != 0; met &= met - 1) {
        const int i = (int)ak_low_zeros(met);
        const struct ak_when *when = &c->step[i];
        int64_t since = when->time - c->first_time;
        if (AK_UNLIKELY(when->frame >= next || since < 0)) {
            out->size = (size_t)(at - out->bytes);
            write_far_step(c, i, j);
            if (!ak_text_reserve(out, room))
                return;
            at = out->bytes + out->size;
            continue;
        }
        *at = ',';
        at += j->comma;
        memcpy(at, jsonl->step[i].text, sizeof jsonl->step[i].text);
        at += jsonl->step[i].size;
        at = put_near(&near, at, when->frame - before);
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

static bool has_tls_object(const struct ak_conversation *c)
{
    const struct ak_tls_seen *tls = c->tls;
    return tls != NULL && (tls->client_hellos != 0 || tls->server_hellos != 0 ||
                           tls->has_server_hello || tls->certificate_message || tls->finished[0] ||
                           tls->finished[1] || c->alert_count != 0);
}

static void write_akushu(struct ak_jsonl *jsonl, const struct ak_conversation *c,
                         const struct ak_jsonl_tls_pieces *pieces, struct ak_json *j)
{
    write_head(jsonl, c, j);
    if (c->alert_count != 0)
        write_alerts(c, j);
    ak_jsonl_letters(jsonl->letters, &c->letters, j->out);
    write_flags(c, j);
    if (c->clear != NULL || c->tls != NULL)
        ak_jsonl_clear(c, j);
    if (c->tls != NULL)
        ak_jsonl_tls_negotiated(jsonl->tls, c->tls, pieces, j);
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
    at = ak_short_decimal(at, c->side[side].packets);
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
    const struct ak_jsonl_tls_pieces *pieces =
        c->tls != NULL ? ak_jsonl_tls_recall(jsonl->tls, c->tls) : NULL;
    write_akushu(jsonl, c, pieces, j);
    write_middle(jsonl, c, j);
    if (has_tls_object(c))
        ak_jsonl_tls_object(jsonl->tls, c->tls, pieces, j);
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
