/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ssrp.h"

#include "base/put.h"

#include "base/banned.h"

/* request   02 | 03 | 04 name [00] | 0f 01 name [00]
 * answer    05 length(2, little-endian) { ServerName;x;InstanceName;x;IsClustered;x;Version;x
 *           [;tcp;port][;np;pipe] ... ;; }*   or, for DAC, 05 0006 01 port(2)
 */

enum { MOST_NAME = 32 };

static void instance_name(struct ak_reader *r, struct ak_ssrp_request *request)
{
    struct ak_span name = ak_reader_rest(r);
    const uint8_t *end = name.size != 0 ? memchr(name.bytes, 0, name.size) : NULL;
    if (end != NULL)
        name.size = (size_t)(end - name.bytes);
    if (name.size == 0 || name.size > MOST_NAME)
        ak_reader_fail(r, AK_VERDICT_BAD, "instance name");
    else
        request->instance = name;
}

enum ak_verdict ak_ssrp_request_parse(struct ak_span datagram, struct ak_ssrp_request *request,
                                      struct ak_parse *parse)
{
    memset(request, 0, sizeof *request);
    struct ak_reader r = ak_reader_of(datagram.bytes, datagram.size, parse);
    uint8_t kind = ak_read_u8(&r, "request");
    if (!ak_reader_ok(&r))
        return parse->verdict;
    request->kind = (enum ak_ssrp_kind)kind;
    switch (kind) {
    case AK_SSRP_BROADCAST:
    case AK_SSRP_UNICAST:
        if (r.left > 1) /* some clients send a zero behind it */
            ak_reader_fail(&r, AK_VERDICT_BAD, "request");
        break;
    case AK_SSRP_INSTANCE:
        instance_name(&r, request);
        break;
    case AK_SSRP_DAC:
        if (ak_read_u8(&r, "protocol version") != 1)
            ak_reader_fail(&r, AK_VERDICT_BAD, "protocol version");
        if (ak_reader_ok(&r))
            instance_name(&r, request);
        break;
    default:
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "request");
        break;
    }
    return parse->verdict;
}

bool ak_ssrp_request_build(enum ak_ssrp_kind kind, const char *instance, struct ak_text *out)
{
    bool named = kind == AK_SSRP_INSTANCE || kind == AK_SSRP_DAC;
    size_t size = named && instance != NULL ? strlen(instance) : 0;
    if (kind != AK_SSRP_BROADCAST && kind != AK_SSRP_UNICAST && !named)
        return false;
    if (named && (size == 0 || size > MOST_NAME))
        return false;
    ak_put_u8(out, kind);
    if (kind == AK_SSRP_DAC)
        ak_put_u8(out, 1);
    if (named)
        ak_text_bytes(out, instance, size + 1);
    return !out->failed;
}

enum ak_verdict ak_ssrp_answer_parse(struct ak_span datagram, struct ak_ssrp_answer *answer,
                                     struct ak_parse *parse)
{
    memset(answer, 0, sizeof *answer);
    struct ak_reader r = ak_reader_of(datagram.bytes, datagram.size, parse);
    uint8_t kind = ak_read_u8(&r, "answer");
    size_t length = ak_read_le16(&r, "length");
    if (!ak_reader_ok(&r))
        return parse->verdict;
    if (kind != AK_SSRP_ANSWER) {
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "answer");
        return parse->verdict;
    }
    if (length == 6 && r.left == 3 && ak_reader_rest(&r).bytes[0] == 1) {
        ak_read_skip(&r, 1, "protocol version");
        answer->dac = true;
        answer->port = ak_read_le16(&r, "port");
        return parse->verdict;
    }
    bool cut = r.left < length;
    answer->text = ak_read_span(&r, cut ? r.left : length, "text");
    if (cut)
        ak_reader_fail(&r, AK_VERDICT_SHORT, "text");
    return parse->verdict;
}

/* The text up to the next semicolon, which is passed; false at the end. */
static bool next_word(struct ak_span *text, struct ak_span *word)
{
    const uint8_t *end = text->size != 0 ? memchr(text->bytes, ';', text->size) : NULL;
    if (end == NULL)
        return false;
    word->bytes = text->bytes;
    word->size = (size_t)(end - text->bytes);
    text->bytes += word->size + 1;
    text->size -= word->size + 1;
    return true;
}

static bool is_word(struct ak_span word, const char *text)
{
    return word.size == strlen(text) && memcmp(word.bytes, text, word.size) == 0;
}

static uint16_t port_of(struct ak_span word)
{
    uint32_t port = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.bytes[i] < '0' || word.bytes[i] > '9' || port > 65535)
            return 0;
        port = port * 10 + (uint32_t)(word.bytes[i] - '0');
    }
    return port <= 65535 ? (uint16_t)port : 0;
}

bool ak_ssrp_instance_next(struct ak_span *text, struct ak_ssrp_instance *instance)
{
    struct ak_span key, value;
    memset(instance, 0, sizeof *instance);
    while (next_word(text, &key)) {
        if (key.size == 0) { /* ";;" ends an instance */
            if (instance->name.size != 0)
                return true;
            continue;
        }
        if (!next_word(text, &value))
            break;
        if (is_word(key, "ServerName"))
            instance->server = value;
        else if (is_word(key, "InstanceName"))
            instance->name = value;
        else if (is_word(key, "Version"))
            instance->version = value;
        else if (is_word(key, "tcp"))
            instance->tcp_port = port_of(value);
    }
    text->size = 0;
    return instance->name.size != 0;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool ak_ssrp_instance_find(struct ak_span text, const char *name, struct ak_ssrp_instance *instance)
{
    while (ak_ssrp_instance_next(&text, instance)) {
        bool same = instance->name.size == strlen(name);
        for (size_t i = 0; same && i < instance->name.size; i++)
            same = lower(instance->name.bytes[i]) == lower((uint8_t)name[i]);
        if (same)
            return true;
    }
    return false;
}
