/* Fuzzes ak_party_read in both roles, and what ak_negotiate and its changes make of the parties. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_text.h"

#include "fuzz_target.h"
#include "predict/changes.h"

enum { LONGEST = 1024, SHORT = 256, INCLUDED = 128 };

static bool open_file(void *context, const char *path, struct ak_text *out)
{
    (void)path;
    const struct ak_span *text = context;
    /* Includes its own beginning: all of it, eight times, would cost more than it finds. */
    ak_text_bytes(out, text->bytes, text->size < INCLUDED ? text->size : INCLUDED);
    return true;
}

static void check_list(const struct ak_party_list *list)
{
    FUZZ_CHECK(list->count <= AK_MAX_PARTY_CODES && (list->known || list->count == 0));
    for (size_t i = 0; i < list->count; i++)
        for (size_t j = i + 1; j < list->count; j++)
            FUZZ_CHECK(list->entries[i].code != list->entries[j].code);
}

static void check_party(const struct ak_party *party)
{
    FUZZ_CHECK(party->suite_count <= AK_MAX_PARTY_SUITES);
    FUZZ_CHECK(party->suites_known || party->suite_count == 0);
    check_list(&party->groups);
    check_list(&party->schemes);
    check_list(&party->chain_schemes);
    for (size_t i = 0; i < AK_PARTY_VERSIONS; i++)
        FUZZ_CHECK(party->versions[i].why != NULL && party->versions[i].state <= AK_SWITCH_ON);
}

static void check_negotiation(const struct ak_negotiation *n)
{
    FUZZ_CHECK(!n->established || n->refusal == AK_REFUSAL_NONE);
    FUZZ_CHECK(n->established || n->no_tls || n->refusal != AK_REFUSAL_NONE);
    FUZZ_CHECK((n->ended_by == AK_SIDE_NONE) == (n->established || n->no_tls));
    FUZZ_CHECK(!n->established || (n->version != 0 && n->suite != 0));
}

static void read_party(struct ak_party *party, enum ak_side role, const struct ak_span *text)
{
    struct ak_party_notes notes;
    struct ak_party_input input = {
        .name = "fuzz", .text = *text, .open = open_file, .context = (void *)(uintptr_t)text};
    (void)ak_party_read(party, role, &input, &notes);
    check_party(party);
}

/* What an end that nobody configured makes of the other's text. */
static void against_usual(const struct ak_party *party, enum ak_side role)
{
    static struct ak_party usual[2];
    struct ak_negotiation n;
    enum ak_side other = role == AK_SIDE_CLIENT ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    struct ak_party *peer = &usual[other == AK_SIDE_SERVER];
    if (!peer->chains_known) {
        (void)ak_party_default(peer, other, "openssl-3.0");
        (void)ak_party_chain_add(peer, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
    }
    ak_negotiate(other == AK_SIDE_SERVER ? party : peer, other == AK_SIDE_SERVER ? peer : party,
                 &n);
    check_negotiation(&n);
}

/* A short text in both roles and against itself, with changes; a long one in one role, which its
 * length tells. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ak_party client, server, scratch;
    struct ak_negotiation n;
    struct ak_change changes[4];
    struct ak_span text = {data, size};
    if (size > LONGEST)
        return 0;
    if (size > SHORT) {
        enum ak_side role = size % 2 != 0 ? AK_SIDE_CLIENT : AK_SIDE_SERVER;
        read_party(&client, role, &text);
        against_usual(&client, role);
        return 0;
    }
    read_party(&client, AK_SIDE_CLIENT, &text);
    read_party(&server, AK_SIDE_SERVER, &text);
    (void)ak_party_chain_add(&server, AK_KEY_EC, 256, 0x0017, AK_SIGN_HASH_SHA1, AK_KEY_RSA);
    against_usual(&client, AK_SIDE_CLIENT);
    ak_negotiate(&client, &server, &n);
    check_negotiation(&n);
    size_t count = ak_negotiate_changes(&client, &server, &scratch, changes, 4);
    FUZZ_CHECK(count <= 4);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(changes[i].result.established);
    return 0;
}
