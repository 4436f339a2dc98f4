/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/spnego.h"

#include "base/attr.h"
#include "codec/der.h"

#include "base/banned.h"

/* 60 len  06 06 2b0601050502  a0 len 30 len  a0 len 30 len OID*  [a1 flags]  [a2 len 04 len token]
 * a1 len 30 len  [a0 03 0a 01 state]  [a1 len OID]  [a2 len 04 len token]
 * token of Kerberos: 60 len  06 09 2a864886f712010202  0100|0200|0300  message
 */

enum {
    TOKEN = AK_SPNEGO_FIRST,
    KRB_ERROR = 0x7e, /* [APPLICATION 30] */
    CHOICE = AK_DER_CONTEXT | AK_DER_CONSTRUCTED,
    ERROR_CODE = CHOICE | 6
};

static const struct {
    enum ak_gss_mechanism mechanism;
    uint8_t size;
    uint8_t oid[10];
} mechanisms[] = {
    {AK_GSS_SPNEGO, 6, {0x2b, 6, 1, 5, 5, 2}},
    {AK_GSS_KERBEROS, 9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2}},
    {AK_GSS_KERBEROS, 9, {0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2}}, /* Windows 2000's slip */
    {AK_GSS_USER_TO_USER, 10, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3}},
    {AK_GSS_NTLM, 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 10}},
    {AK_GSS_NEGOEX, 10, {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 30}},
};

static enum ak_gss_mechanism mechanism_of(struct ak_span oid)
{
    for (size_t i = 0; i < AK_COUNT(mechanisms); i++)
        if (oid.size == mechanisms[i].size && memcmp(oid.bytes, mechanisms[i].oid, oid.size) == 0)
            return mechanisms[i].mechanism;
    return AK_GSS_NONE;
}

/* The next element's content, or what is there of it. An element of another tag stays unread. */
static bool enter(struct ak_reader *r, uint8_t tag, struct ak_reader *content)
{
    if (r->left < 2 || r->at[0] != tag)
        return false;
    struct ak_reader copy = *r;
    (void)ak_read_u8(&copy, "tag");
    size_t size = ak_read_u8(&copy, "length");
    if (size == 0x80 || size > 0x83)
        return false;
    if (size > 0x80) {
        size_t bytes = size & 0x7f;
        if (copy.left < bytes)
            return false;
        for (size = 0; bytes != 0; bytes--)
            size = size << 8 | ak_read_u8(&copy, "length");
    }
    *content = copy;
    content->left = size < copy.left ? size : copy.left;
    ak_read_skip(&copy, content->left, "content");
    *r = copy;
    return true;
}

static enum ak_gss_mechanism read_oid(struct ak_reader *r)
{
    struct ak_reader oid;
    if (!enter(r, AK_DER_OID, &oid))
        return AK_GSS_NONE;
    return mechanism_of(ak_read_span(&oid, oid.left, "OID"));
}

/* The error's code stands before its names. */
static void read_error(struct ak_reader *r, struct ak_spnego *s)
{
    struct ak_reader error, fields, field, value;
    if (!enter(r, KRB_ERROR, &error) || !enter(&error, AK_DER_SEQUENCE, &fields))
        return;
    for (uint8_t tag = CHOICE; tag < ERROR_CODE; tag++)
        (void)enter(&fields, tag, &field);
    if (!enter(&fields, ERROR_CODE, &field) || !enter(&field, AK_DER_INTEGER, &value))
        return;
    while (value.left != 0 && value.left <= 2)
        s->kerberos_error = s->kerberos_error << 8 | ak_read_u8(&value, "error-code");
    s->structure = fields.offset;
}

static bool read_kerberos(struct ak_reader *r, struct ak_spnego *s)
{
    struct ak_reader token;
    struct ak_reader start = *r;
    if (!enter(&start, TOKEN, &token) || read_oid(&token) != AK_GSS_KERBEROS || token.left < 2)
        return false;
    switch (ak_read_be16(&token, "TOK_ID")) {
    case 0x0100:
        s->kerberos = AK_KERBEROS_AP_REQ;
        break;
    case 0x0200:
        s->kerberos = AK_KERBEROS_AP_REP;
        break;
    case 0x0300:
        s->kerberos = AK_KERBEROS_ERROR;
        break;
    default:
        return false;
    }
    s->structure = token.offset;
    if (s->kerberos == AK_KERBEROS_ERROR)
        read_error(&token, s);
    return true;
}

/* [2] OCTET STRING: what the chosen way of logging in says. */
static void read_inner(struct ak_reader *r, struct ak_spnego *s)
{
    struct ak_reader field, token;
    if (!enter(r, CHOICE | 2, &field) || !enter(&field, AK_DER_OCTET_STRING, &token))
        return;
    s->structure = token.offset;
    (void)read_kerberos(&token, s);
}

static bool read_init(struct ak_reader *r, struct ak_spnego *s)
{
    struct ak_reader choice, fields, field, list;
    if (!enter(r, CHOICE, &choice) || !enter(&choice, AK_DER_SEQUENCE, &fields))
        return false;
    s->form = AK_SPNEGO_INIT;
    if (enter(&fields, CHOICE, &field) && enter(&field, AK_DER_SEQUENCE, &list))
        while (list.left != 0 && list.at[0] == AK_DER_OID) {
            size_t before = list.left;
            s->mechanisms |= 1u << read_oid(&list);
            if (list.left == before)
                break;
        }
    s->mechanisms &= ~(1u << AK_GSS_NONE);
    s->structure = fields.offset;
    (void)enter(&fields, CHOICE | 1, &field);
    read_inner(&fields, s);
    return s->mechanisms != 0;
}

static bool read_response(struct ak_reader *r, struct ak_spnego *s)
{
    struct ak_reader choice, fields, field, state;
    if (!enter(r, CHOICE | 1, &choice) || !enter(&choice, AK_DER_SEQUENCE, &fields))
        return false;
    s->form = AK_SPNEGO_RESPONSE;
    if (enter(&fields, CHOICE, &field) && enter(&field, AK_DER_ENUMERATED, &state) &&
        state.left == 1) {
        s->state = ak_read_u8(&state, "negState");
        s->has_state = s->state < AK_SPNEGO_STATES;
    }
    if (enter(&fields, CHOICE | 1, &field))
        s->chosen = read_oid(&field);
    s->structure = fields.offset;
    read_inner(&fields, s);
    return s->has_state || s->chosen != AK_GSS_NONE || s->kerberos != AK_KERBEROS_NONE;
}

enum ak_verdict ak_spnego_parse(struct ak_span bytes, struct ak_spnego *s, struct ak_parse *parse)
{
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, parse);
    struct ak_reader token, bare = r, start = r;
    memset(s, 0, sizeof *s);
    bool known = false;
    if (read_kerberos(&bare, s)) {
        s->form = AK_SPNEGO_BARE;
        known = true;
    } else if (enter(&start, TOKEN, &token)) {
        known = read_oid(&token) == AK_GSS_SPNEGO && read_init(&token, s);
    } else {
        known = read_response(&start, s);
    }
    if (!known)
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "GSS token");
    return parse->verdict;
}
