/* Answers what pairs of described parties will negotiate: for the differential test. */
/* SPDX-License-Identifier: Apache-2.0 */
/* Commands, one a line:
 *
 *     party ID client|server      begins a description; `end` ends it
 *         program openssl-3.0         its defaults
 *         text FILE                   a configuration, by ak_party_read
 *         versions 0301 0304          from, to
 *         suites C02F C030            also: groups, schemes, chain-schemes
 *         chain rsa 2048 0000 sha256 rsa
 *         dh 2048                     also: rsa-min, dh-min, own-order, ems
 *         way NAME VALUE
 *     pair CLIENT SERVER          established ... or refused ...
 *     changes CLIENT SERVER       the same, and the changes that would help
 *     ciphers STRING              what an OpenSSL cipher string expands to
 *     suites ID                   what a party has on
 *     quit
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/words.h"
#include "predict/changes.h"
#include "predict/negotiate.h"
#include "predict/party_text.h"

enum { MAX_PARTIES = 8192, MAX_LINE = 65536 };

static struct ak_party *parties[MAX_PARTIES];
static char line[MAX_LINE];

static void fail(const char *what)
{
    printf("error %s: %.200s\n", what, line);
    (void)fflush(stdout);
    exit(2);
}

static bool read_file(void *context, const char *path, struct ak_text *out)
{
    (void)context;
    char block[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        ak_text_bytes(out, block, got);
    (void)fclose(file);
    return !out->failed;
}

static size_t codes(char *at, uint16_t *out, size_t room)
{
    size_t count = 0;
    char *end;
    for (;;) {
        unsigned long value = strtoul(at, &end, 16);
        if (end == at || count == room)
            return count;
        out[count++] = (uint16_t)value;
        at = end;
    }
}

static void set_list(struct ak_party_list *list, char *at)
{
    uint16_t found[256];
    size_t count = codes(at, found, 256);
    memset(list, 0, sizeof *list);
    list->known = true;
    for (size_t i = 0; i < count; i++)
        (void)ak_party_list_add(list, found[i], true);
}

static unsigned index_of(const char *name, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    fail("unknown word");
    return 0;
}

static void add_chain(struct ak_party *party, char *at)
{
    static const char *const keys[] = {"other", "rsa", "ec", "dsa", "ed25519", "ed448"};
    static const char *const hashes[] = {"other",  "md5",    "sha1",  "sha224",
                                         "sha256", "sha384", "sha512"};
    char *field[5], *save = NULL;
    for (size_t i = 0; i < 5; i++)
        if ((field[i] = strtok_r(i == 0 ? at : NULL, " ", &save)) == NULL)
            fail("chain");
    if (ak_party_chain_add(party, (enum ak_key_type)index_of(field[0], keys, 6),
                           (unsigned)strtoul(field[1], NULL, 10),
                           (uint16_t)strtoul(field[2], NULL, 16),
                           (enum ak_sign_hash)index_of(field[3], hashes, 7),
                           (enum ak_key_type)index_of(field[4], keys, 6)) == NULL)
        fail("too many chains");
}

static void read_text(struct ak_party *party, const char *path)
{
    struct ak_text text;
    struct ak_party_notes notes;
    char program[64];
    ak_text_init(&text, AK_MAX_PARTY_TEXT);
    if (!read_file(NULL, path, &text))
        fail("no such file");
    (void)snprintf(program, sizeof program, "%s", party->program);
    struct ak_party_input input = {.name = path,
                                   .text = {(const uint8_t *)text.bytes, text.size},
                                   .program = program[0] != 0 ? program : NULL,
                                   .open = read_file};
    if (!ak_party_read(party, (enum ak_side)party->role, &input, &notes))
        fail("text not understood");
    for (unsigned i = 0; i < notes.count && i < AK_PARTY_NOTES; i++)
        (void)fprintf(stderr, "%s:%u: not understood: %s\n", path, notes.first[i].line,
                      notes.first[i].text);
    ak_text_release(&text);
}

static void set_way(struct ak_party *party, char *at)
{
    char *value = strchr(at, ' ');
    if (value == NULL)
        fail("way");
    *value++ = 0;
    for (int i = 0; i < AK_WAYS; i++) {
        if (strcmp(at, ak_way_name((enum ak_way)i)) == 0) {
            party->ways[i] = (int16_t)strtol(value, NULL, 10);
            return;
        }
    }
    fail("unknown way");
}

static void set_number(struct ak_party *party, const char *key, const char *value)
{
    uint16_t number = (uint16_t)strtoul(value, NULL, 10);
    if (strcmp(key, "dh") == 0)
        party->dh_bits = number;
    else if (strcmp(key, "rsa-min") == 0)
        party->bounds.rsa_min = number;
    else if (strcmp(key, "dh-min") == 0)
        party->bounds.dh_min = number;
    else if (strcmp(key, "own-order") == 0)
        party->prefers_own_order = number != 0;
    else if (strcmp(key, "ems") == 0)
        party->extended_master_secret = number ? AK_NEED_SUPPORTED : AK_NEED_NONE;
    else
        fail("unknown setting");
}

static void setting(struct ak_party *party, const char *key, char *value)
{
    uint16_t found[AK_MAX_PARTY_SUITES];
    if (strcmp(key, "program") == 0) {
        if (!ak_party_default(party, (enum ak_side)party->role, value))
            fail("unknown program");
    } else if (strcmp(key, "text") == 0) {
        read_text(party, value);
    } else if (strcmp(key, "versions") == 0) {
        if (codes(value, found, 2) != 2)
            fail("versions");
        ak_party_version_range(party, ak_party_version_of(found[0]), ak_party_version_of(found[1]),
                               "configuration");
    } else if (strcmp(key, "suites") == 0) {
        size_t count = codes(value, found, AK_MAX_PARTY_SUITES);
        party->suite_count = 0;
        party->suites_known = true;
        for (size_t i = 0; i < count; i++)
            (void)ak_party_suite_add(party, found[i], true);
    } else if (strcmp(key, "groups") == 0) {
        set_list(&party->groups, value);
    } else if (strcmp(key, "schemes") == 0) {
        set_list(&party->schemes, value);
    } else if (strcmp(key, "chain-schemes") == 0) {
        set_list(&party->chain_schemes, value);
    } else if (strcmp(key, "chain") == 0) {
        add_chain(party, value);
    } else if (strcmp(key, "way") == 0) {
        set_way(party, value);
    } else {
        set_number(party, key, value);
    }
}

static struct ak_party *party_of(const char *text, char **end)
{
    unsigned long id = strtoul(text, end, 10);
    if (*end == text || id >= MAX_PARTIES)
        fail("no such party");
    return parties[id];
}

static bool next_line(void)
{
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    line[strcspn(line, "\n")] = 0;
    return true;
}

static void make_party(char *at)
{
    char *role;
    unsigned long id = strtoul(at, &role, 10);
    if (id >= MAX_PARTIES)
        fail("party");
    if (parties[id] == NULL)
        parties[id] = ak_alloc(1, sizeof(struct ak_party));
    if (parties[id] == NULL)
        fail("memory");
    ak_party_init(parties[id], "party",
                  strcmp(role, " client") == 0 ? AK_SIDE_CLIENT : AK_SIDE_SERVER, AK_STACK_OTHER);
    while (next_line() && strcmp(line, "end") != 0) {
        char *value = strchr(line, ' ');
        if (value == NULL)
            fail("no value");
        *value++ = 0;
        setting(parties[id], line, value);
    }
}

static void print_result(const struct ak_negotiation *n)
{
    static const char *const sides[] = {"client", "server", "none"};
    static const char *const stages[] = {"P0", "P1", "P2", "P3", "P4", "P5", "P5b", "P6", "P7"};
    if (n->established)
        printf("established %04x %04x %04x %04x %u %d", n->version, n->suite, n->group, n->scheme,
               n->dh_bits, n->hello_retry);
    else
        printf("refused %s %s %u %s", sides[n->ended_by], stages[n->stage], n->alert,
               ak_refusal_rule(n->refusal) ? ak_refusal_rule(n->refusal) : "other");
}

static void pair(char *at, bool changes)
{
    static struct ak_party scratch;
    struct ak_change change[8];
    struct ak_negotiation n;
    char *end;
    const struct ak_party *client = party_of(at, &end), *server = party_of(end, &end);
    if (client == NULL || server == NULL)
        fail("no such party");
    ak_negotiate(client, server, &n);
    print_result(&n);
    size_t count = changes ? ak_negotiate_changes(client, server, &scratch, change, 8) : 0;
    for (size_t i = 0; i < count; i++) {
        printf(" | %d %d %04x %u %u: ", change[i].kind, change[i].side, change[i].code,
               change[i].bits, change[i].cost);
        print_result(&change[i].result);
    }
    printf("\n");
}

static void print_suites(const struct ak_party *party)
{
    for (size_t i = 0; i < party->suite_count; i++)
        if (party->suites[i].on)
            printf("%04X ", party->suites[i].code);
    printf("\n");
}

static void ciphers(const char *string)
{
    struct ak_party party;
    struct ak_party_notes notes;
    struct ak_party_input input = {.name = "ciphers", .text = ak_words_of(string)};
    if (ak_party_read(&party, AK_SIDE_CLIENT, &input, &notes))
        print_suites(&party);
    else
        printf("none\n");
}

static void list_of(char *at)
{
    char *end;
    const struct ak_party *party = party_of(at, &end);
    if (party == NULL)
        fail("no such party");
    print_suites(party);
}

int main(void)
{
    while (next_line() && strcmp(line, "quit") != 0) {
        if (strncmp(line, "party ", 6) == 0)
            make_party(line + 6);
        else if (strncmp(line, "pair ", 5) == 0)
            pair(line + 5, false);
        else if (strncmp(line, "changes ", 8) == 0)
            pair(line + 8, true);
        else if (strncmp(line, "ciphers ", 8) == 0)
            ciphers(line + 8);
        else if (strncmp(line, "suites ", 7) == 0)
            list_of(line + 7);
        else
            fail("unknown command");
        (void)fflush(stdout);
    }
    for (size_t i = 0; i < MAX_PARTIES; i++)
        ak_free(parties[i]);
    return 0;
}
