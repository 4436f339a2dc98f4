/* Fuzzes ak_party_read in both roles, and what ak_negotiate and its changes make of the parties. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/party_text.h"

#include "fuzz_target.h"
#include "predict/changes.h"

static bool open_file(void *context, const char *path, struct ak_text *out)
{
    (void)path;
    const struct ak_span *text = context;
    ak_text_bytes(out, text->bytes, text->size); /* includes itself */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ak_party client, server, usual, scratch;
    struct ak_party_notes notes;
    struct ak_negotiation n;
    struct ak_change changes[4];
    if (size > 4096)
        return 0;
    struct ak_span text = {data, size};
    struct ak_party_input input = {
        .name = "fuzz", .text = text, .open = open_file, .context = &text};
    (void)ak_party_read(&client, AK_SIDE_CLIENT, &input, &notes);
    check_party(&client);
    (void)ak_party_read(&server, AK_SIDE_SERVER, &input, &notes);
    check_party(&server);
    (void)ak_party_default(&usual, AK_SIDE_SERVER, "openssl-3.0");
    (void)ak_party_chain_add(&usual, AK_KEY_RSA, 2048, 0, AK_SIGN_HASH_SHA256, AK_KEY_RSA);
    (void)ak_party_chain_add(&server, AK_KEY_EC, 256, 0x0017, AK_SIGN_HASH_SHA1, AK_KEY_RSA);
    ak_negotiate(&client, &usual, &n);
    check_negotiation(&n);
    ak_negotiate(&client, &server, &n);
    check_negotiation(&n);
    if (size > 256)
        return 0; /* changes try each suite of a list: enough of that with short texts */
    size_t count = ak_negotiate_changes(&client, &server, &scratch, changes, 4);
    FUZZ_CHECK(count <= 4);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(changes[i].result.established);
    return 0;
}
