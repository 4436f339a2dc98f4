/* Fuzzes an attempt as a hostile server: way and depth(1) service, proxy, close(1) encryption,
 * versions and leading-zero probe(1) pieces(1) bytes of the server. The pieces' sizes follow from
 * their byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/attempt.h"

#include <string.h>

#include "base/limits.h"
#include "fuzz_target.h"

enum { CONTROL = 4, SECOND = 1000000000 };

static void same_random(void *context, uint8_t *bytes, size_t size)
{
    uint32_t *state = context;
    for (size_t i = 0; i < size; i++) {
        *state = *state * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(*state >> 24);
    }
}

static void make_party(struct ak_party *party, unsigned versions)
{
    static const uint16_t suites[] = {0x1301, 0xc02f, 0x009e, 0x0033, 0x002f, 0x00ff};
    static const enum ak_party_version_at ranges[][2] = {
        {AK_PARTY_TLS12, AK_PARTY_TLS13}, {AK_PARTY_TLS10, AK_PARTY_TLS12},
        {AK_PARTY_TLS13, AK_PARTY_TLS13}, {AK_PARTY_SSL20, AK_PARTY_SSL20},
        {AK_PARTY_SSL30, AK_PARTY_SSL30}, {AK_PARTY_TLS10, AK_PARTY_TLS13},
        {AK_PARTY_TLS12, AK_PARTY_TLS12}, {AK_PARTY_SSL20, AK_PARTY_TLS13}};
    ak_party_init(party, "fuzz", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(party, ranges[versions][0], ranges[versions][1], "offered");
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        (void)ak_party_suite_add(party, suites[i], true);
}

static struct ak_probe_plan plan_of(const uint8_t *control, const struct ak_party *party)
{
    static const struct ak_probe_login login = {"sa", "secret", "db", "fuzz", "me", "sql01"};
    struct ak_probe_plan plan = {
        .way = (enum ak_probe_way)(control[0] & 3),
        .depth = (enum ak_probe_depth)((control[0] >> 2) % (AK_PROBE_LOGIN + 1)),
        .starttls = (enum ak_service)((control[1] & 0x3f) % AK_SERVICES),
        .encryption = control[2] & 3,
        .proxy_host = control[1] & 0x40 ? "sql01" : NULL,
        .proxy_port = 1433,
        .login = &login,
        .abrupt = control[1] & 0x80,
    };
    plan.hello.client = party;
    plan.hello.server_name = "sql01";
    plan.hello.alpn = plan.way == AK_PROBE_STRICT ? "tds/8.0" : NULL;
    return plan;
}

static void check(const struct ak_attempt *attempt, size_t size)
{
    const struct ak_probe_result *r = ak_attempt_result(attempt);
    FUZZ_CHECK(r->received <= AK_MAX_PROBE_RECEIVED + size);
    FUZZ_CHECK(r->chain_count <= AK_MAX_CHAIN && r->chain_count <= r->chain_sent);
    FUZZ_CHECK(memchr(r->reason, 0, sizeof r->reason) != NULL);
    FUZZ_CHECK(memchr(r->starttls_answer, 0, sizeof r->starttls_answer) != NULL);
    FUZZ_CHECK(memchr(r->login_text, 0, sizeof r->login_text) != NULL);
    FUZZ_CHECK(memchr(r->alpn, 0, sizeof r->alpn) != NULL);
}

static void talk(struct ak_attempt *attempt, const uint8_t *bytes, size_t size, uint8_t pieces)
{
    bool abrupt;
    int64_t now = 2 * (int64_t)SECOND;
    uint32_t state = pieces;
    ak_attempt_opened(attempt, now);
    while (size != 0 && !ak_attempt_over(attempt, &abrupt)) {
        uint8_t piece[1];
        same_random(&state, piece, 1);
        size_t part = pieces == 0 ? size : 1u + piece[0] % pieces;
        part = part < size ? part : size;
        (void)ak_attempt_outgoing(attempt);
        FUZZ_CHECK(ak_attempt_deadline(attempt) != INT64_MAX);
        ak_attempt_received(attempt, bytes, part, ++now);
        bytes += part;
        size -= part;
    }
    ak_attempt_ended(attempt, AK_PROBE_END_FIN, ++now);
    FUZZ_CHECK(ak_attempt_over(attempt, &abrupt));
    FUZZ_CHECK(ak_attempt_deadline(attempt) == INT64_MAX);
    (void)ak_attempt_outgoing(attempt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ak_party party;
    const struct ak_hash_key key = {1, 2};
    uint32_t seed = 1;
    const struct ak_hello_source source = {&seed, same_random};
    if (size < CONTROL || size > FUZZ_MAX_INPUT)
        return 0;
    make_party(&party, data[2] >> 2 & 7);
    struct ak_probe_plan plan = plan_of(data, &party);
    const struct ak_dhe_zero_plan zero = {(enum ak_dhe_zero_form)(data[2] >> 5 & 3)};
    plan.dhe_zero = data[2] & 0x80 ? &zero : NULL;
    struct ak_certificate_store *store = ak_certificate_store_new(key);
    struct ak_attempt *attempt =
        store != NULL ? ak_attempt_new(&plan, &source, store, SECOND) : NULL;
    if (attempt != NULL) {
        talk(attempt, data + CONTROL, size - CONTROL, data[3]);
        check(attempt, size);
    }
    ak_attempt_free(attempt);
    ak_certificate_store_free(store);
    return 0;
}
