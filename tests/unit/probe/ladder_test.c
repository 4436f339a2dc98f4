/* The ladder against servers that are functions: from a plan to what an attempt would have seen. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "model/sql_names.h"
#include "support/random.h"

enum { SUITES = 24, CODES = 8, STEPS = 128 };

/* What a server takes. All zero: TLS 1.2 and 1.3 of today, TDS 7 and strict. */
struct server {
    unsigned versions; /* bit 1 << enum ak_party_version_at; 0: TLS 1.2 and 1.3 */
    uint16_t suites[SUITES], groups[CODES], schemes[CODES]; /* of which one must be offered */
    bool needs_ems, needs_signal, refuses_name, refuses_alpn;
    enum ak_probe_end refusal; /* 0: ALERT 40 */
    enum ak_stage at;          /* it ends there whatever is offered; 0: nowhere */
    enum ak_probe_end ending;
    bool strict_only, tds7_only, plain; /* plain: TLS, no TDS */
    bool forced;
    bool refuses_sessions;
    bool keeps_zeros, refuses_padded, dhe; /* what the leading-zero probe meets */
    unsigned fails;                        /* so many attempts first, at P3 */
    int32_t login_error;
};

static const uint16_t today[] = {0x1302, 0x1301, 0xc030, 0xc02f, 0xc028, 0xc027,
                                 0xc014, 0xc013, 0x009d, 0x009c, 0x0035, 0x002f};
static const uint16_t key_groups[] = {0x001d, 0x0017, 0x0018, 0x0019};
static const uint16_t signatures[] = {0x0804, 0x0401, 0x0501, 0x0601, 0x0201};

/* One ladder climbed to its end. */
struct climb {
    struct ak_ladder *ladder;
    const struct ak_offer *offer;
    enum ak_purpose purpose[STEPS];
    size_t made;
    bool completed;       /* the attempt that is the proof was accepted by the server */
    char path[STEPS + 1]; /* a letter for each attempt */
};

static struct ak_party client;

static void client_with(enum ak_party_version_at low, enum ak_party_version_at high,
                        const uint16_t *suites, size_t suite_count)
{
    ak_party_init(&client, "client", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(&client, low, high, "offered");
    for (size_t i = 0; i < suite_count; i++)
        (void)ak_party_suite_add(&client, suites[i], true);
    for (size_t i = 0; i < AK_COUNT(key_groups); i++)
        (void)ak_party_list_add(&client.groups, key_groups[i], true);
    for (size_t i = 0; i < AK_COUNT(signatures); i++)
        (void)ak_party_list_add(&client.schemes, signatures[i], true);
    client.extended_master_secret = AK_NEED_SUPPORTED;
    client.renegotiation_info = AK_NEED_SUPPORTED;
}

static void client_of_today(void)
{
    client_with(AK_PARTY_TLS12, AK_PARTY_TLS13, today, AK_COUNT(today));
}

/* ---- the server ---- */

static void end_with(struct ak_probe_result *r, enum ak_probe_end end, enum ak_stage stage)
{
    r->end = end;
    r->stage = stage;
    if (end == AK_PROBE_END_ALERT)
        r->alert.code = 40;
}

static void refuse(const struct server *s, struct ak_probe_result *r)
{
    end_with(r, s->refusal != AK_PROBE_END_REACHED ? s->refusal : AK_PROBE_END_ALERT, AK_STAGE_P3);
}

static bool one_of(const uint16_t *wanted, const struct ak_party_list *list, uint16_t *code)
{
    if (wanted[0] == 0 || !list->known)
        return true;
    for (size_t i = 0; i < CODES && wanted[i] != 0; i++)
        if (ak_party_list_has(list, wanted[i])) {
            *code = wanted[i];
            return true;
        }
    return false;
}

static bool needs_group(uint16_t suite, enum ak_party_version_at at)
{
    const struct ak_cipher_suite *s = ak_cipher_suite_find(suite);
    return at == AK_PARTY_TLS13 || (s != NULL && s->key_exchange == AK_KX_ECDHE);
}

static bool choose_suite(const struct server *s, const struct ak_party *offered,
                         enum ak_party_version_at at, struct ak_probe_result *r)
{
    for (size_t i = 0; i < SUITES; i++) {
        uint16_t code = s->suites[0] != 0 ? s->suites[i] : i < AK_COUNT(today) ? today[i] : 0;
        const struct ak_party_suite *suite = ak_party_suite_find(offered, code);
        uint16_t group = 0x001d;
        if (code == 0 || suite == NULL || !ak_party_suite_fits(suite, at))
            continue;
        if (needs_group(code, at) && !one_of(s->groups, &offered->groups, &group))
            continue;
        r->suite = code;
        r->group = needs_group(code, at) ? group : 0;
        return true;
    }
    return false;
}

static bool takes_hello(const struct server *s, const struct ak_probe_plan *plan,
                        struct ak_probe_result *r)
{
    const struct ak_party *p = plan->hello.client;
    unsigned versions =
        s->versions != 0 ? s->versions : 1u << AK_PARTY_TLS12 | 1u << AK_PARTY_TLS13;
    int at = plan->way == AK_PROBE_TDS ? AK_PARTY_TLS12 : AK_PARTY_TLS13; /* as SQL Server does */
    while (at >= 0 &&
           !(ak_party_version_on(p, (enum ak_party_version_at)at) && (versions >> at & 1) != 0))
        at--;
    if (at < 0 || !choose_suite(s, p, (enum ak_party_version_at)at, r))
        return false;
    if (at >= AK_PARTY_TLS12 && !one_of(s->schemes, &p->schemes, &r->scheme))
        return false;
    if ((s->needs_ems && p->extended_master_secret == AK_NEED_NONE) ||
        (s->needs_signal && p->renegotiation_info == AK_NEED_NONE) ||
        (s->refuses_name && plan->hello.server_name != NULL) ||
        (s->refuses_alpn && plan->hello.alpn != NULL))
        return false;
    r->version = ak_party_version_code((enum ak_party_version_at)at);
    return true;
}

static void handshake(const struct server *s, const struct ak_probe_plan *plan,
                      struct ak_probe_result *r)
{
    if (!takes_hello(s, plan, r)) {
        refuse(s, r);
        return;
    }
    r->has_server_hello = true;
    end_with(r, AK_PROBE_END_REACHED, AK_STAGE_P4);
    if (plan->depth < AK_PROBE_FINISH)
        return;
    r->completed = true;
    r->stage = AK_STAGE_P5B;
    if (plan->way == AK_PROBE_STRICT && plan->depth >= AK_PROBE_INSIDE)
        r->has_reply = !s->plain;
    if (plan->depth == AK_PROBE_LOGIN) {
        r->stage = AK_STAGE_P7;
        r->login_error = s->login_error;
        (void)snprintf(r->login_text, sizeof r->login_text, "Login failed");
    }
}

/* The leading-zero probe: a handshake up to both Finished, refused behind the client's. */
static void exchange(const struct server *s, enum ak_dhe_zero_form form, struct ak_probe_result *r)
{
    bool wrong_z = form == (s->keeps_zeros ? AK_DHE_ZERO_Z_STRIPPED : AK_DHE_ZERO_Z_UNSTRIPPED);
    bool refused = wrong_z || (s->refuses_padded && form == AK_DHE_ZERO_YC_PADDED);
    if (!s->dhe) {
        refuse(s, r);
        return;
    }
    r->has_server_hello = true;
    r->version = 0x0303;
    r->suite = 0x009e;
    r->step[AK_STEP_CLIENT_FINISHED] = 3;
    end_with(r, refused ? AK_PROBE_END_FIN : AK_PROBE_END_REACHED,
             refused ? AK_STAGE_P5 : AK_STAGE_P5B);
    r->completed = !refused;
}

static struct ak_probe_result answer(struct server *s, const struct ak_probe_plan *plan)
{
    struct ak_probe_result r;
    memset(&r, 0, sizeof r);
    r.began = 1;
    r.step[AK_STEP_SYN_ACK] = 2;
    r.ended = 3;
    if (s->ending != AK_PROBE_END_REACHED) {
        end_with(&r, s->ending, s->at);
        return r;
    }
    if (plan->way == AK_PROBE_TDS && (s->strict_only || s->plain)) {
        end_with(&r, AK_PROBE_END_FIN, AK_STAGE_P1);
        return r;
    }
    if (plan->way == AK_PROBE_STRICT && s->tds7_only) {
        end_with(&r, AK_PROBE_END_FIN, AK_STAGE_P3);
        return r;
    }
    if (plan->way == AK_PROBE_TDS) {
        r.has_reply = r.has_encryption = true;
        r.encryption = (uint8_t)(s->forced || plan->encryption == AK_TDS_ENCRYPTION_ON
                                     ? AK_TDS_ENCRYPTION_ON
                                     : AK_TDS_ENCRYPTION_OFF);
    }
    if (s->fails != 0) {
        s->fails--;
        refuse(s, &r);
        return r;
    }
    if (plan->depth <= AK_PROBE_ASK)
        end_with(&r, AK_PROBE_END_REACHED, AK_STAGE_P2);
    else if (plan->session != NULL && s->refuses_sessions)
        refuse(s, &r);
    else if (plan->dhe_zero != NULL)
        exchange(s, plan->dhe_zero->form, &r);
    else
        handshake(s, plan, &r);
    return r;
}

/* ---- climbing ---- */

static struct ak_ladder_setting setting_of(enum ak_probe_way way)
{
    struct ak_ladder_setting s;
    memset(&s, 0, sizeof s);
    s.plan.way = way;
    s.plan.hello.server_name = "sql01.example";
    s.plan.hello.alpn = way == AK_PROBE_STRICT ? "tds/8.0" : NULL;
    s.plan.encryption = AK_TDS_ENCRYPTION_ON;
    s.client = &client;
    return s;
}

static void note(struct climb *c, const struct ak_ladder_try *t)
{
    static const char letters[] = "CNMSOFVWUPRZ";
    assert_true(c->made < STEPS);
    assert_int_equal(t->judged,
                     t->purpose == AK_PURPOSE_CLIENT || t->purpose == AK_PURPOSE_COMPLETE);
    assert_true(ak_purpose_name(t->purpose)[0] != '\0');
    c->path[c->made] = letters[t->purpose];
    c->purpose[c->made++] = t->purpose;
    c->path[c->made] = '\0';
}

static struct climb climb(const struct ak_ladder_setting *setting, const struct server *server)
{
    struct climb c;
    struct server s = *server;
    struct ak_ladder_try next;
    memset(&c, 0, sizeof c);
    c.ladder = ak_ladder_new(setting);
    assert_non_null(c.ladder);
    while (ak_ladder_next(c.ladder, &next)) {
        note(&c, &next);
        struct ak_probe_result r = answer(&s, next.plan);
        bool proved = ak_ladder_offer(c.ladder)->proof.found;
        (void)ak_ladder_done(c.ladder, &r, c.made);
        if (!proved && ak_ladder_offer(c.ladder)->proof.found)
            c.completed = r.end == AK_PROBE_END_REACHED;
    }
    assert_false(ak_ladder_next(c.ladder, &next));
    c.offer = ak_ladder_offer(c.ladder);
    assert_int_equal(c.offer->attempts, c.made);
    assert_true(c.made <= AK_MAX_CHECK_ATTEMPTS);
    return c;
}

static struct climb climb_way(enum ak_probe_way way, const struct server *server)
{
    struct ak_ladder_setting setting = setting_of(way);
    return climb(&setting, server);
}

static void assert_proof(const struct climb *c, enum ak_hello_part part, uint16_t code)
{
    const struct ak_offer_proof *p = &c->offer->proof;
    if (c->offer->cause != part || !p->found || p->part != part || p->code != code)
        fail_msg("%s: cause %u, proof %d: part %u code %04x", c->path, c->offer->cause, p->found,
                 p->part, p->code);
    assert_true(c->offer->asked && c->offer->refused);
    assert_true(c->completed);
    assert_true(p->conversation != 0 && p->conversation <= c->made);
    assert_int_equal(c->purpose[p->conversation - 1], AK_PURPOSE_PROOF);
    assert_int_equal(c->offer->failed, 2);
    assert_int_equal(c->offer->worked, 0);
}

/* ---- healthy servers: at most three connections ---- */

static void a_healthy_sql_server_is_asked_three_times(void **state)
{
    (void)state;
    for (int forced = 0; forced < 2; forced++) {
        struct server s = {.forced = forced};
        client_of_today();
        struct climb c = climb_way(AK_PROBE_TDS, &s);
        assert_string_equal(c.path, "CSO");
        assert_int_equal(c.offer->worked, 1);
        assert_int_equal(c.offer->failed, 0);
        assert_int_equal(c.offer->tds7, AK_TRIED_ACCEPTED);
        assert_int_equal(c.offer->encryption_off, forced ? AK_TRIED_REFUSED : AK_TRIED_ACCEPTED);
        assert_int_equal(c.offer->version[ak_offer_version_at(0x0301)].tried, AK_TRIED_REFUSED);
        assert_int_equal(c.offer->version[ak_offer_version_at(0x0303)].tried, AK_TRIED_ACCEPTED);
        assert_int_equal(c.offer->version[ak_offer_version_at(0x0304)].tried, AK_TRIED_NOT);
        assert_false(c.offer->asked || c.offer->refused || c.offer->proof.found);
        assert_int_equal(c.offer->cause, AK_HELLO_PARTS);
        ak_ladder_free(c.ladder);
    }
}

static void other_healthy_servers_too(void **state)
{
    struct server s = {0}, old = {.versions = 1u << AK_PARTY_TLS10}, plain = {.plain = true};
    struct server both = {.versions = 1u << AK_PARTY_TLS10 | 1u << AK_PARTY_TLS12};
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TLS, &plain);
    assert_string_equal(c.path, "CO");
    assert_int_equal(c.offer->protocol, AK_PROTOCOL_TLS);
    ak_ladder_free(c.ladder);
    c = climb_way(AK_PROBE_STRICT, &s);
    assert_string_equal(c.path, "CO");
    assert_int_equal(c.offer->strict, AK_TRIED_ACCEPTED);
    ak_ladder_free(c.ladder);
    c = climb_way(AK_PROBE_TDS, &both);
    assert_string_equal(c.path, "CSO");
    assert_int_equal(c.offer->version[ak_offer_version_at(0x0301)].tried, AK_TRIED_ACCEPTED);
    ak_ladder_free(c.ladder);
    client_with(AK_PARTY_TLS10, AK_PARTY_TLS10, today, AK_COUNT(today));
    c = climb_way(AK_PROBE_TDS, &old); /* its old version is known already */
    assert_string_equal(c.path, "CS");
    ak_ladder_free(c.ladder);
}

/* A named client's own hello is sent first; OpenSSL then completes the same lists. */
static void a_named_client_costs_one_more(void **state)
{
    struct server s = {0};
    struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
    (void)state;
    client_of_today();
    setting.own_hello = true;
    struct climb c = climb(&setting, &s);
    assert_string_equal(c.path, "CNS");
    assert_int_equal(c.offer->worked, 1);
    ak_ladder_free(c.ladder);
}

/* A client that comes back resumes its session: no connection more where one is made anyway. */
static void sessions_are_resumed(void **state)
{
    static const enum ak_probe_way ways[] = {AK_PROBE_TDS, AK_PROBE_TLS};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct ak_ladder_setting setting = setting_of(ways[i / 2]);
        struct server s = {.plain = i >= 2, .refuses_sessions = i % 2 != 0};
        struct ak_ladder_try next;
        size_t made = 0, evidence = 0;
        client_of_today();
        struct ak_ladder *l = ak_ladder_new(&setting);
        while (ak_ladder_next(l, &next)) {
            bool resumes = next.plan->session != NULL;
            assert_int_equal(resumes, next.purpose == AK_PURPOSE_RESUME ||
                                          next.purpose == AK_PURPOSE_SETTING);
            struct ak_probe_result r = answer(&s, next.plan);
            if (made++ == 0)
                ak_ladder_session(l, SSL_SESSION_new());
            bool judged = ak_ladder_done(l, &r, made);
            evidence += resumes && judged;
        }
        assert_int_equal(made, 3);
        assert_int_equal(evidence, s.refuses_sessions);
        assert_int_equal(ak_ladder_offer(l)->worked, 1);
        assert_int_equal(ak_ladder_offer(l)->failed, s.refuses_sessions);
        ak_ladder_free(l);
    }
}

/* Nobody said that it is SQL Server, and it is none. */
static void tls_alone_is_found_out(void **state)
{
    struct server s = {.plain = true};
    struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
    (void)state;
    client_of_today();
    setting.guessed = true;
    struct climb c = climb(&setting, &s);
    assert_string_equal(c.path, "CFC");
    assert_true(c.offer->not_tds);
    assert_int_equal(c.offer->protocol, AK_PROTOCOL_TLS);
    assert_int_equal(c.offer->worked, 1);
    assert_int_equal(c.offer->failed, 0);
    ak_ladder_free(c.ladder);
    setting.guessed = false;
    c = climb(&setting, &s);
    assert_false(c.offer->not_tds);
    assert_int_equal(c.offer->strict, AK_TRIED_UNCLEAR);
    assert_int_equal(c.offer->failed, 2);
    ak_ladder_free(c.ladder);
}

/* ---- each part of a hello as the cause ---- */

static void versions_decide(void **state)
{
    static const enum ak_party_version_at only[] = {AK_PARTY_TLS10, AK_PARTY_TLS11};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(only); i++) {
        struct server s = {.versions = 1u << only[i], .refusal = i ? AK_PROBE_END_FIN : 0};
        client_of_today();
        struct climb c = climb_way(AK_PROBE_TDS, &s);
        assert_proof(&c, AK_HELLO_VERSIONS, ak_party_version_code(only[i]));
        assert_int_equal(c.offer->proof.version, ak_party_version_code(only[i]));
        assert_true(c.offer->proof.completed);
        assert_int_equal(c.offer->proof.also, AK_HELLO_PARTS);
        const struct ak_offer_version *v = &c.offer->version[ak_offer_version_at(0x0303)];
        assert_int_equal(v->tried, AK_TRIED_REFUSED);
        assert_int_equal(v->close, i ? AK_CLOSE_FIN : AK_CLOSE_ALERT);
        assert_int_equal(v->alert, i ? 0 : 40);
        ak_ladder_free(c.ladder);
    }
}

/* An old client is told of TLS 1.2, not of 1.3. */
static void of_several_versions_the_usual_one_is_shown(void **state)
{
    static const uint16_t suites[] = {0x002f, 0x0035, 0xc013, 0x1301, 0x1302};
    struct server s = {.plain = true};
    (void)state;
    client_with(AK_PARTY_TLS10, AK_PARTY_TLS10, suites, AK_COUNT(suites));
    struct climb c = climb_way(AK_PROBE_TLS, &s);
    assert_proof(&c, AK_HELLO_VERSIONS, 0x0303);
    ak_ladder_free(c.ladder);
}

static void a_version_may_need_a_suite_too(void **state)
{
    static const uint16_t suites[] = {0x002f, 0x0035};
    struct server s = {.versions = 1u << AK_PARTY_TLS12, .suites = {0xc02f, 0xc030}};
    (void)state;
    client_with(AK_PARTY_TLS10, AK_PARTY_TLS10, suites, AK_COUNT(suites));
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_proof(&c, AK_HELLO_VERSIONS, 0x0303);
    assert_int_equal(c.offer->proof.also, AK_HELLO_SUITES);
    assert_int_equal(c.offer->proof.also_code, 0xc02f);
    ak_ladder_free(c.ladder);
}

static void suites_decide_and_are_listed(void **state)
{
    static const uint16_t suites[] = {0xc030, 0xc02f, 0x009d};
    struct server s = {.versions = 1u << AK_PARTY_TLS12, .suites = {0x0035, 0x009e, 0x002f}};
    (void)state;
    client_with(AK_PARTY_TLS12, AK_PARTY_TLS12, suites, AK_COUNT(suites));
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_proof(&c, AK_HELLO_SUITES, 0x0035);
    assert_true(c.offer->proof.completed);
    const struct ak_offer_version *v = &c.offer->version[ak_offer_version_at(0x0303)];
    assert_true(v->suites_complete);
    assert_int_equal(v->suite_count, 3);
    assert_memory_equal(v->suites, s.suites, 3 * sizeof *s.suites);
    ak_ladder_free(c.ladder);
}

/* Suites that no usual client has are asked for before "nothing helps" is said. */
static void rare_suites_are_found(void **state)
{
    struct server s = {.versions = 1u << AK_PARTY_TLS12, .suites = {0x0084}}; /* Camellia */
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_non_null(strchr(c.path, 'R'));
    assert_proof(&c, AK_HELLO_SUITES, 0x0084);
    ak_ladder_free(c.ladder);
}

/* OpenSSL of today has no RC4: its own hello shows that the server would take it. */
static void what_openssl_lacks_is_shown_up_to_the_flight(void **state)
{
    static const uint16_t suites[] = {0xc030, 0xc02f};
    struct server s = {.versions = 1u << AK_PARTY_TLS12, .suites = {0x0005, 0x0004}};
    (void)state;
    client_with(AK_PARTY_TLS12, AK_PARTY_TLS12, suites, AK_COUNT(suites));
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_int_equal(c.offer->cause, AK_HELLO_SUITES);
    assert_true(c.offer->proof.found);
    assert_int_equal(c.offer->proof.code, 0x0005);
    ak_ladder_free(c.ladder);
}

/* A suite without a group would get round it, but the group is the smaller change. */
static void groups_decide(void **state)
{
    struct server s = {.versions = 1u << AK_PARTY_TLS12,
                       .suites = {0xc030, 0xc02f, 0x009d, 0x002f},
                       .groups = {0x0019}};
    static const uint16_t suites[] = {0xc030, 0xc02f};
    (void)state;
    client_with(AK_PARTY_TLS12, AK_PARTY_TLS12, suites, AK_COUNT(suites));
    client.groups.count = 1; /* x25519 */
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_proof(&c, AK_HELLO_GROUPS, 0x0019);
    assert_int_equal(c.offer->widened[AK_HELLO_SUITES], AK_TRIED_ACCEPTED);
    assert_int_equal(c.offer->proof.group, 0x0019);
    ak_ladder_free(c.ladder);
}

static void signature_schemes_decide(void **state)
{
    struct server s = {.versions = 1u << AK_PARTY_TLS12, .schemes = {0x0201}};
    (void)state;
    client_of_today();
    client.schemes.count = 4; /* without SHA-1 */
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_proof(&c, AK_HELLO_SCHEMES, 0x0201);
    ak_ladder_free(c.ladder);
}

static void extensions_decide(void **state)
{
    static const struct {
        struct server server;
        enum ak_hello_part part;
    } rows[] = {
        {{.versions = 1u << AK_PARTY_TLS12, .needs_ems = true, .plain = true}, AK_HELLO_EMS},
        {{.versions = 1u << AK_PARTY_TLS12, .needs_signal = true, .plain = true}, AK_HELLO_SIGNAL},
        {{.refuses_name = true, .plain = true}, AK_HELLO_NAME},
        {{.refuses_alpn = true, .plain = true}, AK_HELLO_ALPN},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_ladder_setting setting = setting_of(AK_PROBE_TLS);
        client_of_today();
        setting.plan.hello.alpn = "h2";
        if (rows[i].part == AK_HELLO_EMS)
            client.extended_master_secret = AK_NEED_NONE;
        if (rows[i].part == AK_HELLO_SIGNAL)
            client.renegotiation_info = AK_NEED_NONE;
        struct climb c = climb(&setting, &rows[i].server);
        assert_proof(&c, rows[i].part, 0);
        /* Every version was refused because of the name: that says nothing about versions. */
        for (size_t at = ak_offer_version_at(0x0303); at < AK_OFFER_VERSIONS; at++)
            assert_true(rows[i].server.versions != 0 ||
                        c.offer->version[at].tried != AK_TRIED_REFUSED);
        ak_ladder_free(c.ladder);
    }
}

/* A server that serves nobody: asked, refused, and no cause is made up. */
static void what_nothing_helps_has_no_cause(void **state)
{
    static const enum ak_probe_end ends[] = {AK_PROBE_END_ALERT, AK_PROBE_END_FIN,
                                             AK_PROBE_END_RST};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(ends); i++) {
        struct server s = {.ending = ends[i], .at = AK_STAGE_P3};
        client_of_today();
        struct climb c = climb_way(AK_PROBE_TDS, &s);
        assert_true(c.offer->asked && c.offer->refused);
        assert_int_equal(c.offer->cause, AK_HELLO_PARTS);
        assert_false(c.offer->proof.found);
        assert_true(c.made < 20);
        ak_ladder_free(c.ladder);
    }
}

/* ---- before TLS ---- */

static void where_nothing_was_said_nothing_is_asked(void **state)
{
    static const enum ak_probe_end ends[] = {AK_PROBE_END_UNREACHABLE, AK_PROBE_END_REFUSED,
                                             AK_PROBE_END_TIMEOUT};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(ends); i++) {
        struct server s = {.ending = ends[i], .at = AK_STAGE_P0};
        client_of_today();
        struct climb c = climb_way(AK_PROBE_TDS, &s);
        assert_string_equal(c.path, "C");
        assert_int_equal(c.offer->failed, 1);
        assert_false(c.offer->asked || c.offer->refused);
        ak_ladder_free(c.ladder);
    }
}

static void silence_is_no_refusal(void **state)
{
    struct server s = {.ending = AK_PROBE_END_TIMEOUT, .at = AK_STAGE_P3};
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    for (size_t i = 0; i < AK_OFFER_VERSIONS; i++)
        assert_int_not_equal(c.offer->version[i].tried, AK_TRIED_REFUSED);
    assert_false(c.offer->proof.found);
    assert_string_equal(c.path, "CCV"); /* it would be silent to the others too */
    ak_ladder_free(c.ladder);
}

static void the_other_form_is_tried(void **state)
{
    struct server strict = {.strict_only = true}, old = {.tds7_only = true};
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TDS, &strict);
    assert_string_equal(c.path, "CCF");
    assert_int_equal(c.offer->strict, AK_TRIED_ACCEPTED);
    assert_true(c.offer->asked && c.offer->refused);
    ak_ladder_free(c.ladder);
    c = climb_way(AK_PROBE_STRICT, &old);
    assert_string_equal(c.path, "CCF");
    assert_int_equal(c.offer->tds7, AK_TRIED_ACCEPTED);
    ak_ladder_free(c.ladder);
}

static void a_no_before_tls_is_final(void **state)
{
    struct server s = {.ending = AK_PROBE_END_DECLINED, .at = AK_STAGE_P2};
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_string_equal(c.path, "CC");
    assert_int_equal(c.offer->cause, AK_HELLO_PARTS);
    ak_ladder_free(c.ladder);
}

/* ---- what comes and goes, and what ends it ---- */

static void a_single_failure_is_no_refusal(void **state)
{
    struct server s = {.fails = 1};
    (void)state;
    client_of_today();
    struct climb c = climb_way(AK_PROBE_TDS, &s);
    assert_string_equal(c.path, "CCS");
    assert_int_equal(c.offer->worked, 1);
    assert_int_equal(c.offer->failed, 1);
    assert_false(c.offer->refused);
    ak_ladder_free(c.ladder);
}

static void a_login_goes_with_the_client_alone(void **state)
{
    static const struct ak_probe_login login = {.user = "sa", .password = "secret"};
    struct server s = {.login_error = 18456};
    struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
    struct ak_ladder_try next;
    (void)state;
    client_of_today();
    setting.plan.login = &login;
    struct ak_ladder *l = ak_ladder_new(&setting);
    while (ak_ladder_next(l, &next)) {
        assert_int_equal(next.plan->depth == AK_PROBE_LOGIN, next.purpose == AK_PURPOSE_CLIENT);
        struct ak_probe_result r = answer(&s, next.plan);
        (void)ak_ladder_done(l, &r, 1);
    }
    assert_int_equal(ak_ladder_offer(l)->login_error, 18456);
    assert_string_equal(ak_ladder_offer(l)->login_text, "Login failed");
    ak_ladder_free(l);
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    for (size_t stop = 0; stop < 12; stop++) {
        struct server s = {.versions = 1u << AK_PARTY_TLS10};
        struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
        struct ak_ladder_try next;
        size_t made = 0;
        client_of_today();
        struct ak_ladder *l = ak_ladder_new(&setting);
        while (ak_ladder_next(l, &next)) {
            struct ak_probe_result r = answer(&s, next.plan);
            if (made++ == stop)
                end_with(&r, AK_PROBE_END_STOPPED, AK_STAGE_P3);
            (void)ak_ladder_done(l, &r, made);
        }
        assert_true(made <= stop + 1);
        ak_ladder_free(l);
    }
}

static void the_caller_may_allow_fewer(void **state)
{
    struct server s = {.ending = AK_PROBE_END_ALERT, .at = AK_STAGE_P3};
    struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
    (void)state;
    client_of_today();
    for (unsigned most = 1; most < 7; most++) {
        setting.most = most;
        struct climb c = climb(&setting, &s);
        assert_int_equal(c.made, most);
        ak_ladder_free(c.ladder);
    }
    setting.most = 1000;
    struct climb c = climb(&setting, &s);
    ak_ladder_free(c.ladder);
}

/* ---- leading zeros ---- */

static void leading_zeros_cost_four_connections_at_most(void **state)
{
    static const struct {
        struct server server;
        enum ak_zero_verdict verdict;
    } rows[] = {
        {{.dhe = true}, AK_ZERO_CORRECT},
        {{.dhe = true, .keeps_zeros = true}, AK_ZERO_KEEPS},
        {{.dhe = true, .refuses_padded = true}, AK_ZERO_REFUSES_YC},
        {{.dhe = true, .keeps_zeros = true, .refuses_padded = true}, AK_ZERO_KEEPS},
        {{.dhe = false}, AK_ZERO_NO_DHE},
    };
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_ladder_setting setting = setting_of(AK_PROBE_TDS);
        client_of_today();
        struct climb c = climb(&setting, &rows[i].server);
        assert_string_equal(c.path, "CSO"); /* unless it is wished for */
        assert_int_equal(c.offer->zero, AK_ZERO_NOT_TRIED);
        ak_ladder_free(c.ladder);
        setting.zero = true;
        c = climb(&setting, &rows[i].server);
        assert_int_equal(c.offer->zero, rows[i].verdict);
        assert_int_equal(c.offer->zero_connections, c.made - 3);
        assert_true(c.offer->zero_connections <= 4);
        assert_int_equal(c.offer->worked, 1);
        ak_ladder_free(c.ladder);
    }
}

/* ---- any server, any client ---- */

static void pick(uint32_t *seed, const uint16_t *from, size_t count, uint16_t *to, size_t most)
{
    uint8_t dice[16];
    size_t n = 0;
    ak_test_random(seed, dice, sizeof dice);
    for (size_t i = 0; i < count && n < most; i++)
        if (dice[i] % 3 == 0)
            to[n++] = from[i];
    if (n == 0)
        to[n++] = from[dice[15] % count];
}

static void any_climb_is_bounded_and_its_proof_true(void **state)
{
    static const uint16_t kinds[] = {0x1302, 0xc030, 0xc02f, 0xc014, 0x009e, 0x0039,
                                     0x009c, 0x0035, 0x000a, 0x0005, 0xc02c, 0x1301};
    uint32_t seed = 11;
    size_t proofs = 0;
    (void)state;
    for (int n = 0; n < 400; n++) {
        uint8_t dice[8];
        uint16_t suites[SUITES] = {0};
        struct server s;
        memset(&s, 0, sizeof s);
        ak_test_random(&seed, dice, sizeof dice);
        s.versions = (unsigned)(1 + dice[0] % 15) << AK_PARTY_TLS10;
        pick(&seed, kinds, AK_COUNT(kinds), s.suites, SUITES - 1);
        pick(&seed, kinds, AK_COUNT(kinds), suites, SUITES - 1);
        pick(&seed, key_groups, AK_COUNT(key_groups), s.groups, CODES - 1);
        pick(&seed, signatures, AK_COUNT(signatures), s.schemes, CODES - 1);
        s.refusal = dice[1] % 3 == 0 ? AK_PROBE_END_FIN : AK_PROBE_END_ALERT;
        s.forced = dice[2] % 2 != 0;
        int low = AK_PARTY_TLS10 + dice[3] % 4, high = low + dice[4] % (AK_PARTY_VERSIONS - low);
        size_t count = 0;
        while (suites[count] != 0)
            count++;
        client_with((enum ak_party_version_at)low, (enum ak_party_version_at)high, suites, count);
        client.groups.count = (uint16_t)(1 + dice[5] % client.groups.count);
        client.schemes.count = (uint16_t)(1 + dice[6] % client.schemes.count);
        struct climb c = climb_way(dice[7] % 2 ? AK_PROBE_TDS : AK_PROBE_TLS, &s);
        assert_true(c.offer->worked + c.offer->failed >= 1);
        if (c.offer->worked != 0)
            assert_true(c.made <= 3 && c.offer->failed == 0);
        if (c.offer->proof.found) {
            assert_true(c.completed);
            proofs++;
        }
        assert_true(c.offer->proof.found == (c.offer->cause != AK_HELLO_PARTS) ||
                    c.offer->cause == AK_HELLO_VERSIONS);
        ak_ladder_free(c.ladder);
    }
    assert_true(proofs > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_sql_server_is_asked_three_times),
        cmocka_unit_test(other_healthy_servers_too),
        cmocka_unit_test(a_named_client_costs_one_more),
        cmocka_unit_test(sessions_are_resumed),
        cmocka_unit_test(tls_alone_is_found_out),
        cmocka_unit_test(versions_decide),
        cmocka_unit_test(of_several_versions_the_usual_one_is_shown),
        cmocka_unit_test(a_version_may_need_a_suite_too),
        cmocka_unit_test(suites_decide_and_are_listed),
        cmocka_unit_test(rare_suites_are_found),
        cmocka_unit_test(leading_zeros_cost_four_connections_at_most),
        cmocka_unit_test(what_openssl_lacks_is_shown_up_to_the_flight),
        cmocka_unit_test(groups_decide),
        cmocka_unit_test(signature_schemes_decide),
        cmocka_unit_test(extensions_decide),
        cmocka_unit_test(what_nothing_helps_has_no_cause),
        cmocka_unit_test(where_nothing_was_said_nothing_is_asked),
        cmocka_unit_test(silence_is_no_refusal),
        cmocka_unit_test(the_other_form_is_tried),
        cmocka_unit_test(a_no_before_tls_is_final),
        cmocka_unit_test(a_single_failure_is_no_refusal),
        cmocka_unit_test(a_login_goes_with_the_client_alone),
        cmocka_unit_test(an_interrupt_ends_it),
        cmocka_unit_test(the_caller_may_allow_fewer),
        cmocka_unit_test(any_climb_is_bounded_and_its_proof_true),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
