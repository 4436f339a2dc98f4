/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_tls.h"

#include "report/jsonl.h"
#include "support/json_check.h"
#include "support/case.h"

/* One writer for all lines, which remembers, and a new one for each. */
static struct ak_jsonl *lasting;

static void the_same_line(const struct ak_conversation *c)
{
    struct ak_text line, other;
    struct ak_jsonl *fresh = ak_jsonl_new();
    ak_text_init(&line, 1 << 20);
    ak_text_init(&other, 1 << 20);
    ak_jsonl_conversation(lasting, c, &other);
    ak_jsonl_conversation(fresh, c, &line);
    assert_string_equal(ak_text_string(&other), ak_text_string(&line));
    assert_json(ak_text_string(&line));
    ak_text_release(&line);
    ak_text_release(&other);
    ak_jsonl_free(fresh);
}

static void begin(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TLS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_tls(k);
    k->hello.id = 7;
    k->tls.has_server_hello = true;
    k->tls.version = k->tls.version_code = 0x0303;
    k->tls.cipher_suite = 0xc030;
    k->tls.group = 0x0017;
    memcpy(k->tls.ja3s, "15af977ce25de452b96affa2addb1036", 33);
}

/* Whatever differs between two conversations, the second one's line is not the first one's. */
static void what_is_remembered_is_never_anothers(void **state)
{
    (void)state;
    static char name[] = "sql01.example", alpn[] = "h2";
    struct known k;
    lasting = ak_jsonl_new();
    begin(&k);
    the_same_line(&k.c);
    bool *flags[] = {&k.tls.has_server_hello,
                     &k.tls.hello_retry,
                     &k.tls.malformed_hello,
                     &k.tls.server_ems,
                     &k.tls.resumed,
                     &k.tls.certificate_message,
                     &k.tls.client_certificate_requested,
                     &k.tls.client_certificate_sent,
                     &k.tls.client_certificate_empty,
                     &k.tls.finished[0],
                     &k.tls.finished[1],
                     &k.tls.dh_server_leading_zero,
                     &k.tls.dh_client_leading_zero};
    uint16_t *codes[] = {&k.tls.version, &k.tls.version_code, &k.tls.cipher_suite, &k.tls.group};
    for (int twice = 0; twice < 2; twice++) {
        for (size_t i = 0; i < AK_COUNT(flags); i++)
            for (unsigned bits = 0; bits < 2; bits++) {
                begin(&k);
                k.tls.dh_prime_bits = bits ? 2048 : 0;
                *flags[i] = !*flags[i];
                the_same_line(&k.c);
            }
        for (size_t i = 0; i < AK_COUNT(codes); i++) {
            begin(&k);
            *codes[i] = (uint16_t)(*codes[i] + 1);
            the_same_line(&k.c);
        }
        begin(&k);
        k.tls.server_name = name;
        the_same_line(&k.c);
        name[4] ^= 1;
        the_same_line(&k.c);
        k.tls.server_alpn = alpn;
        the_same_line(&k.c);
        begin(&k);
        k.tls.ja3s[5] ^= 1;
        the_same_line(&k.c);
        k.tls.ja3s[0] = '\0';
        the_same_line(&k.c);
        begin(&k);
        k.hello.id = 0; /* not one that is kept */
        the_same_line(&k.c);
        k.tls.hello = NULL;
        the_same_line(&k.c);
        begin(&k);
        k.tls.certificate_message = true;
        k.tls.chain_sent = 3;
        the_same_line(&k.c);
    }
    ak_jsonl_free(lasting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_remembered_is_never_anothers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
