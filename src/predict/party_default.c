/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_text.h"

#include <string.h>

#include "base/words.h"
#include "model/stacks.h"
#include "predict/party_text.h"

static bool code_of(struct ak_span word, uint16_t *code)
{
    uint32_t value = 0;
    for (size_t i = 0; i < word.size; i++) {
        uint8_t c = word.bytes[i];
        value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    *code = (uint16_t)value;
    return word.size == 4;
}

static void add_codes(struct ak_party *party, const char *part, struct ak_party_list *list)
{
    const struct ak_stack_default *row = ak_stack_default_find(party->program, part);
    struct ak_span rest = ak_words_of(row == NULL ? "" : row->value), word;
    uint16_t code;
    if (row != NULL && list != NULL) {
        list->known = true;
        list->complete = true;
    }
    while (ak_words_next(&rest, " ", &word)) {
        if (!code_of(word, &code))
            continue;
        if (list != NULL)
            (void)ak_party_list_add(list, code, true);
        else
            (void)ak_party_suite_add(party, code, true);
    }
}

/* "level=2 weak-suites-built=1" */
static void set_ways(struct ak_party *party)
{
    const struct ak_stack_default *row = ak_stack_default_find(party->program, "ways");
    struct ak_span rest = ak_words_of(row == NULL ? "" : row->value), word, name, value;
    uint32_t number;
    while (ak_words_next(&rest, " ", &word)) {
        (void)ak_words_cut(word, "=", &name, &value);
        for (int i = 0; i < AK_WAYS; i++)
            if (ak_words_equal(name, ak_way_name((enum ak_way)i)) &&
                ak_words_number(value, 255, &number))
                party->ways[i] = (int16_t)number;
    }
}

static void set_versions(struct ak_party *party, const struct ak_stack_default *row)
{
    struct ak_span rest = ak_words_of(row->value), word;
    uint16_t code, border[2] = {0, 0};
    for (size_t i = 0; i < 2 && ak_words_next(&rest, " ", &word); i++)
        if (code_of(word, &code))
            border[i] = code;
    ak_party_version_range(party, ak_party_version_of(border[0]), ak_party_version_of(border[1]),
                           "program-default");
    for (size_t i = 0; i < AK_PARTY_PARTS; i++)
        party->confidence[i] = row->confidence;
}

bool ak_party_default(struct ak_party *party, enum ak_side role, const char *program)
{
    const struct ak_stack_default *row = ak_stack_default_find(program, "versions");
    if (row == NULL)
        return false;
    ak_party_init(party, program, role, (enum ak_stack)row->stack);
    party->program = row->name;
    set_ways(party);
    set_versions(party, row);
    add_codes(party, "suites", NULL);
    add_codes(party, "groups", &party->groups);
    add_codes(party, "schemes", &party->schemes);
    party->extended_master_secret = AK_NEED_SUPPORTED;
    party->renegotiation_info = AK_NEED_SUPPORTED;
    party->dhe_zero = AK_DHE_ZERO_FIXED;
    party->prefers_own_order = party->ways[AK_WAY_OWN_ORDER] != 0;
    party->dh_bits = (uint16_t)party->ways[AK_WAY_DH_BITS];
    party->dh_bits_known = true;
    party->bounds.dh_min = (uint16_t)party->ways[AK_WAY_DH_MIN];
    party->bounds.rsa_min = (uint16_t)party->ways[AK_WAY_RSA_MIN];
    return true;
}

/* ------------------------------------------------------------------ a captured hello */

static void copy_list(struct ak_party_list *list, const struct ak_u16_list *from, bool sent)
{
    list->known = sent;
    list->complete = true;
    for (size_t i = 0; i < from->count; i++)
        if (!ak_tls_is_grease(from->values[i]))
            (void)ak_party_list_add(list, from->values[i], true);
    list->known = sent || from->count > 0;
}

/* Without supported_versions a hello tells only the highest; what lies below is a guess that the
 * server's answer would put right. */
static void copy_versions(struct ak_party *party, const struct ak_hello_shape *shape)
{
    if (shape->has_supported_versions) {
        for (size_t i = 0; i < shape->supported_versions.count; i++)
            ak_party_version_set(party, ak_party_version_of(shape->supported_versions.values[i]),
                                 AK_SWITCH_ON, "offered");
        party->ways[AK_WAY_SUPPORTED_VERSIONS] = 2;
        return;
    }
    enum ak_party_version_at top = ak_party_version_of(shape->max_version);
    if (top == AK_PARTY_VERSIONS)
        return;
    enum ak_party_version_at low = top < AK_PARTY_TLS10 ? top : AK_PARTY_TLS10;
    ak_party_version_range(party, low, top, "offered");
    party->confidence[AK_PARTY_PART_VERSIONS] =
        top >= AK_PARTY_TLS12 ? AK_CONFIDENCE_MEDIUM : AK_CONFIDENCE_HIGH;
    party->ways[AK_WAY_SUPPORTED_VERSIONS] = 0;
}

void ak_party_of_hello(struct ak_party *party, const char *name, const struct ak_hello_shape *shape)
{
    ak_party_init(party, name, AK_SIDE_CLIENT, AK_STACK_OTHER);
    copy_versions(party, shape);
    for (size_t i = 0; i < shape->cipher_suites.count; i++)
        if (!ak_cipher_suite_is_signal(shape->cipher_suites.values[i]))
            (void)ak_party_suite_add(party, shape->cipher_suites.values[i], true);
    party->suites_known = true;
    /* A list that was not sent is known to be none: the server then follows the RFC's defaults. */
    copy_list(&party->groups, &shape->groups, true);
    copy_list(&party->schemes, &shape->signature_algorithms, true);
    copy_list(&party->chain_schemes, &shape->signature_algorithms_cert, false);
    party->ways[AK_WAY_CHAIN_SCHEMES_SENT] = party->chain_schemes.known;
    copy_list(&party->key_shares, &shape->key_share_groups, shape->max_version >= 0x0304);
    party->extended_master_secret =
        shape->extended_master_secret ? AK_NEED_SUPPORTED : AK_NEED_NONE;
    bool scsv = false;
    for (size_t i = 0; i < shape->cipher_suites.count; i++)
        scsv = scsv || shape->cipher_suites.values[i] == 0x00ff;
    party->renegotiation_info =
        shape->renegotiation_info || scsv ? AK_NEED_SUPPORTED : AK_NEED_NONE;
    /* Of key sizes and of what it demands a hello says nothing. */
    party->confidence[AK_PARTY_PART_KEY_SIZES] = AK_CONFIDENCE_LOW;
    if (shape->strict_tds) {
        party->sql.known = true;
        party->sql.strict = true;
    }
}
