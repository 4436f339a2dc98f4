/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "probe/attempt.h"
#include "support/parser_check.h"
#include "support/random.h"

static struct ak_certificate_store *store;
static struct ak_party party;
static uint32_t seed = 1;
static const struct ak_hello_source source = {&seed, ak_test_random};

enum { MOST_LINES = 8 };

/* What the server says (annotated hex) and what the client must have said before it. */
struct line {
    const char *asked; /* NULL: nothing new */
    const char *says;
};

struct script {
    const char *name;
    enum ak_service service;
    bool proxy;
    struct line lines[MOST_LINES];
    enum ak_probe_end end;
    const char *answer;
    uint32_t code;
};

#define NL " 0d0a "
#define LDAP_ASK "301d 020101 7718 80 16 '1.3.6.1.4.1.1466.20037'"
#define MYSQL_GREETING(caps)                                                                       \
    "49000000 0a '8.0.36' 00 01000000 'saltsalt' 00 " caps                                         \
    " 2d 0200 ffdf 15 00*10 'saltsaltsalt' 00 'caching_sha2_passwor' 00"

static const struct script scripts[] = {
    {"smtp",
     AK_SERVICE_SMTP,
     false,
     {{NULL, "'220-mx.example' 0d0a '220 ready'" NL},
      {"'EHLO sql01'" NL, "'250-mx' 0d0a '250-STARTTLS' 0d0a '250 8BITMIME'" NL},
      {"'STARTTLS'" NL, "'220 go ahead'" NL}},
     AK_PROBE_END_REACHED,
     "220",
     0},
    {"smtp without it",
     AK_SERVICE_SMTP,
     false,
     {{NULL, "'220 mx.example ESMTP'" NL},
      {"'EHLO sql01'" NL, "'250 mx'" NL},
      {"'STARTTLS'" NL, "'502 no such command'" NL}},
     AK_PROBE_END_DECLINED,
     "502",
     0},
    {"smtp that is shut",
     AK_SERVICE_SMTP,
     false,
     {{NULL, "'554 no service'" NL}},
     AK_PROBE_END_DECLINED,
     "554",
     0},
    {"ftp",
     AK_SERVICE_FTP,
     false,
     {{NULL, "'220 files'" NL}, {"'AUTH TLS'" NL, "'234 go'" NL}},
     AK_PROBE_END_REACHED,
     "234",
     0},
    {"ftp refuses",
     AK_SERVICE_FTP,
     false,
     {{NULL, "'220 files'" NL}, {"'AUTH TLS'" NL, "'530 please log in'" NL}},
     AK_PROBE_END_DECLINED,
     "530",
     0},
    {"pop3",
     AK_SERVICE_POP3,
     false,
     {{NULL, "'+OK ready'" NL}, {"'STLS'" NL, "'+OK begin'" NL}},
     AK_PROBE_END_REACHED,
     "+OK",
     0},
    {"pop3 refuses",
     AK_SERVICE_POP3,
     false,
     {{NULL, "'+OK ready'" NL}, {"'STLS'" NL, "'-ERR no'" NL}},
     AK_PROBE_END_DECLINED,
     "-ERR",
     0},
    {"imap",
     AK_SERVICE_IMAP,
     false,
     {{NULL, "'* OK ready'" NL},
      {"'a1 STARTTLS'" NL, "'* CAPABILITY IMAP4' 0d0a 'a1 OK begin'" NL}},
     AK_PROBE_END_REACHED,
     "OK",
     0},
    {"imap refuses",
     AK_SERVICE_IMAP,
     false,
     {{NULL, "'* OK ready'" NL}, {"'a1 STARTTLS'" NL, "'a1 NO TLS'" NL}},
     AK_PROBE_END_DECLINED,
     "NO",
     0},
    {"imap that is shut",
     AK_SERVICE_IMAP,
     false,
     {{NULL, "'* BYE too busy'" NL}},
     AK_PROBE_END_DECLINED,
     "BYE",
     0},
    {"ldap",
     AK_SERVICE_LDAP,
     false,
     {{LDAP_ASK, "300c 020101 7807 0a0100 0400 0400"}},
     AK_PROBE_END_REACHED,
     "0",
     0},
    {"ldap refuses",
     AK_SERVICE_LDAP,
     false,
     {{LDAP_ASK, "300c 020101 7807 0a0134 0400 0400"}},
     AK_PROBE_END_DECLINED,
     "52",
     0},
    {"xmpp",
     AK_SERVICE_XMPP,
     false,
     {{NULL, "'<?xml version=\"1.0\"?><stream:stream xmlns=\"jabber:client\" id=\"1\">' 0a "
             "'<stream:features><starttls xmlns=\"x\"><required/></starttls></stream:features>'"},
      {"'<starttls xmlns=' 27 'urn:ietf:params:xml:ns:xmpp-tls' 27 '/>'",
       "'<proceed xmlns=\"x\"/>'"}},
     AK_PROBE_END_REACHED,
     "proceed",
     0},
    {"xmpp refuses",
     AK_SERVICE_XMPP,
     false,
     {{NULL, "'<stream:stream xmlns=\"jabber:client\"><stream:features/>'"},
      {"'<starttls xmlns=' 27 'urn:ietf:params:xml:ns:xmpp-tls' 27 '/>'",
       "'<failure xmlns=\"x\"/>'"}},
     AK_PROBE_END_DECLINED,
     "failure",
     0},
    {"xmpp that is shut",
     AK_SERVICE_XMPP,
     false,
     {{NULL, "'<stream:stream xmlns=\"jabber:client\"><stream:error>'"}},
     AK_PROBE_END_DECLINED,
     "stream:error",
     0},
    {"postgresql",
     AK_SERVICE_POSTGRESQL,
     false,
     {{"00000008 04d2162f", "'S'"}},
     AK_PROBE_END_REACHED,
     "S",
     0},
    {"postgresql refuses",
     AK_SERVICE_POSTGRESQL,
     false,
     {{"00000008 04d2162f", "'N'"}},
     AK_PROBE_END_DECLINED,
     "N",
     0},
    {"mysql",
     AK_SERVICE_MYSQL,
     false,
     {{NULL, MYSQL_GREETING("ffff")}},
     AK_PROBE_END_REACHED,
     "",
     0},
    {"mysql without it",
     AK_SERVICE_MYSQL,
     false,
     {{NULL, MYSQL_GREETING("fff7")}},
     AK_PROBE_END_DECLINED,
     "",
     0},
    {"rdp",
     AK_SERVICE_RDP,
     false,
     {{"03000013 0ee0 0000 0000 00 01000800 0b000000",
       "03000013 0ed0 0000 1234 00 02000800 02000000"}},
     AK_PROBE_END_REACHED,
     "hybrid",
     0},
    {"rdp refuses",
     AK_SERVICE_RDP,
     false,
     {{"03000013 0ee0 0000 0000 00 01000800 0b000000",
       "03000013 0ed0 0000 1234 00 03000800 02000000"}},
     AK_PROBE_END_DECLINED,
     "SSL_NOT_ALLOWED_BY_SERVER",
     0},
    {"proxy",
     AK_SERVICE_NONE,
     true,
     {{"'CONNECT sql01:1433 HTTP/1.1' 0d0a 'Host: sql01:1433' 0d0a0d0a",
       "'HTTP/1.1 200 Connection established' 0d0a 'Via: x' 0d0a0d0a"}},
     AK_PROBE_END_REACHED,
     "",
     200},
    {"proxy refuses",
     AK_SERVICE_NONE,
     true,
     {{"'CONNECT sql01:1433 HTTP/1.1' 0d0a 'Host: sql01:1433' 0d0a0d0a",
       "'HTTP/1.1 407 Who are you' 0d0a 'Content-Length: 2' 0d0a0d0a 'no'"}},
     AK_PROBE_END_DECLINED,
     "",
     407},
    {"proxy that is none",
     AK_SERVICE_NONE,
     true,
     {{"'CONNECT sql01:1433 HTTP/1.1' 0d0a 'Host: sql01:1433' 0d0a0d0a", "'SSH-2.0-x'" NL}},
     AK_PROBE_END_NONSENSE,
     "",
     0},
    {"smtp behind a proxy",
     AK_SERVICE_SMTP,
     true,
     {{"'CONNECT sql01:1433 HTTP/1.1' 0d0a 'Host: sql01:1433' 0d0a0d0a",
       "'HTTP/1.1 200 OK' 0d0a0d0a '220 mx'" NL},
      {"'EHLO sql01'" NL, "'250 mx'" NL},
      {"'STARTTLS'" NL, "'220 go'" NL}},
     AK_PROBE_END_REACHED,
     "220",
     200},
};

static struct ak_probe_plan plan_of(const struct script *script, enum ak_probe_depth depth)
{
    struct ak_probe_plan plan = {.depth = depth, .starttls = script->service, .name = "sql01"};
    plan.way = script->service != AK_SERVICE_NONE ? AK_PROBE_STARTTLS : AK_PROBE_TLS;
    plan.proxy_host = script->proxy ? "sql01" : NULL;
    plan.proxy_port = 1433;
    plan.hello.client = &party;
    return plan;
}

static void feed(struct ak_attempt *a, const struct ak_bytes *bytes, size_t chunk)
{
    for (size_t at = 0; at < bytes->size; at += chunk) {
        size_t left = bytes->size - at;
        struct ak_bytes piece = ak_bytes_copy(bytes->at + at, left < chunk ? left : chunk);
        ak_attempt_received(a, piece.at, piece.size, 3000);
        ak_bytes_free(&piece);
    }
}

static void expect_asked(struct ak_attempt *a, const struct script *script, const char *asked)
{
    struct ak_span out = ak_attempt_outgoing(a);
    if (asked == NULL)
        return;
    struct ak_bytes wanted = ak_hex(asked);
    if (out.size != wanted.size || memcmp(out.bytes, wanted.at, out.size) != 0)
        fail_msg("%s: sent %.*s", script->name, (int)out.size, (const char *)out.bytes);
    ak_bytes_free(&wanted);
}

static void play(const struct script *script, size_t chunk, enum ak_probe_depth depth)
{
    struct ak_probe_plan plan = plan_of(script, depth);
    struct ak_attempt *a = ak_attempt_new(&plan, &source, store, 1000);
    bool abrupt;
    ak_attempt_opened(a, 2000);
    for (size_t i = 0; i < MOST_LINES && script->lines[i].says != NULL; i++) {
        expect_asked(a, script, script->lines[i].asked);
        struct ak_bytes says = ak_hex(script->lines[i].says);
        feed(a, &says, chunk);
        ak_bytes_free(&says);
    }
    const struct ak_probe_result *r = ak_attempt_result(a);
    if (depth == AK_PROBE_FLIGHT && script->end == AK_PROBE_END_REACHED) {
        struct ak_span out = ak_attempt_outgoing(a);
        assert_false(ak_attempt_over(a, &abrupt));
        assert_true(r->step[AK_STEP_CLIENT_HELLO] != 0 && out.size > 100);
    } else if (!ak_attempt_over(a, &abrupt) || r->end != script->end ||
               strcmp(r->starttls_answer, script->answer) != 0 || r->proxy_code != script->code) {
        fail_msg("%s: over %d, end %s (%s), answer %s, code %u", script->name,
                 ak_attempt_over(a, &abrupt), ak_probe_end_name(r->end), r->reason,
                 r->starttls_answer, (unsigned)r->proxy_code);
    }
    ak_attempt_free(a);
}

static void every_dialogue_goes_as_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(scripts); i++) {
        play(&scripts[i], 1, AK_PROBE_ASK);
        play(&scripts[i], 1 << 20, AK_PROBE_ASK);
        play(&scripts[i], 1, AK_PROBE_FLIGHT);
    }
}

static void replay(struct ak_span bytes, void *context)
{
    const struct script *script = context;
    bool abrupt;
    struct ak_probe_plan plan = plan_of(script, AK_PROBE_FLIGHT);
    struct ak_attempt *a = ak_attempt_new(&plan, &source, store, 1000);
    ak_attempt_opened(a, 2000);
    ak_attempt_received(a, bytes.bytes, bytes.size, 3000);
    ak_attempt_ended(a, AK_PROBE_END_FIN, 4000);
    assert_true(ak_attempt_over(a, &abrupt));
    (void)ak_attempt_outgoing(a);
    ak_attempt_free(a);
}

static void damaged_dialogues_end_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < AK_COUNT(scripts); i++) {
        struct ak_text all;
        ak_text_init(&all, 65536);
        for (size_t n = 0; n < MOST_LINES && scripts[i].lines[n].says != NULL; n++) {
            struct ak_bytes says = ak_hex(scripts[i].lines[n].says);
            ak_text_bytes(&all, says.at, says.size);
            ak_bytes_free(&says);
        }
        struct ak_span span = {(const uint8_t *)all.bytes, all.size};
        ak_each_damage(span, replay, (void *)(uintptr_t)&scripts[i]);
        ak_text_release(&all);
    }
}

static void what_cannot_be_asked_is_said(void **state)
{
    struct script none = {.service = AK_SERVICE_MIRRORING};
    struct ak_probe_plan plan = plan_of(&none, AK_PROBE_ASK);
    (void)state;
    struct ak_attempt *a = ak_attempt_new(&plan, &source, store, 1000);
    ak_attempt_opened(a, 2000);
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_NOTHING);
    ak_attempt_free(a);
    plan.starttls = AK_SERVICE_SMTP;
    plan.name = "a\r\nMAIL";
    a = ak_attempt_new(&plan, &source, store, 1000);
    ak_attempt_opened(a, 2000);
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_NOTHING);
    ak_attempt_free(a);
    plan.proxy_host = "a b\r\nX: y";
    a = ak_attempt_new(&plan, &source, store, 1000);
    ak_attempt_opened(a, 2000);
    assert_int_equal(ak_attempt_result(a)->end, AK_PROBE_END_NOTHING);
    assert_int_equal(ak_attempt_outgoing(a).size, 0);
    ak_attempt_free(a);
}

static int begin(void **state)
{
    struct ak_hash_key key = {1, 2};
    (void)state;
    store = ak_certificate_store_new(key);
    ak_party_init(&party, "test", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(&party, AK_PARTY_TLS12, AK_PARTY_TLS13, "offered");
    (void)ak_party_suite_add(&party, 0x1301, true);
    (void)ak_party_suite_add(&party, 0xc02f, true);
    return store == NULL;
}

static int end(void **state)
{
    (void)state;
    ak_certificate_store_free(store);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dialogue_goes_as_written),
        cmocka_unit_test(damaged_dialogues_end_well),
        cmocka_unit_test(what_cannot_be_asked_is_said),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
