/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/conversation_copy.h"

#include "base/alloc.h"
#include "support/case.h"

static void is_copied(const char *copy, const char *original)
{
    assert_non_null(copy);
    assert_ptr_not_equal(copy, original);
    assert_string_equal(copy, original);
}

static void everything_is_a_copy(void **state)
{
    (void)state;
    struct known k;
    known_whole(&k);
    struct ak_conversation *copy = ak_conversation_copy(&k.c);
    assert_non_null(copy);
    assert_ptr_not_equal(copy->tls, k.c.tls);
    assert_ptr_not_equal(copy->tds, k.c.tds);
    assert_int_equal(copy->alert[0].code, 40);
    assert_int_equal(copy->tls->client_hellos, 1);
    is_copied(copy->tls->server_name, k.tls.server_name);
    is_copied(copy->tls->server_alpn, k.tls.server_alpn);
    is_copied(copy->tds->instance, k.tds.instance);
    is_copied(copy->tds->host, k.tds.host);
    is_copied(copy->tds->application, k.tds.application);
    is_copied(copy->tds->library, k.tds.library);
    is_copied(copy->tds->login_server, k.tds.login_server);
    is_copied(copy->tds->database, k.tds.database);
    is_copied(copy->tds->language, k.tds.language);
    is_copied(copy->tds->error_text, k.tds.error_text);
    is_copied(copy->tds->routing_server, k.tds.routing_server);
    is_copied(copy->tds->program, k.tds.program);
    ak_conversation_copy_free(copy);
}

static void shapes_and_certificates_are_shared(void **state)
{
    (void)state;
    struct known k;
    known_whole(&k);
    struct ak_conversation *copy = ak_conversation_copy(&k.c);
    assert_ptr_equal(copy->tls->hello, &k.hello);
    assert_ptr_equal(copy->tls->chain[0], &k.leaf);
    assert_int_equal(k.hello.references, MANY_REFERENCES + 1);
    assert_int_equal(k.leaf.references, MANY_REFERENCES + 1);
    ak_conversation_copy_free(copy);
    assert_int_equal(k.hello.references, MANY_REFERENCES);
    assert_int_equal(k.leaf.references, MANY_REFERENCES);
}

static void bare_conversations_stay_bare(void **state)
{
    (void)state;
    struct known k;
    known_begin(&k, AK_PROTOCOL_UNKNOWN, AK_OUTCOME_REFUSED, AK_STAGE_P0, AK_SIDE_SERVER,
                AK_CLOSE_RST);
    struct ak_conversation *copy = ak_conversation_copy(&k.c);
    assert_null(copy->tls);
    assert_null(copy->tds);
    copy->tls_room = k.c.tls_room;
    assert_memory_equal(copy, &k.c, sizeof k.c);
    ak_conversation_copy_free(copy);
    ak_conversation_copy_free(NULL);
}

/* A whole copy, one without some text, or none; never half of one, and no leak. */
static void want_of_memory_is_survived(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        struct known k;
        known_whole(&k);
        (void)ak_alloc_fail_after(n);
        struct ak_conversation *copy = ak_conversation_copy(&k.c);
        made = ak_alloc_fail_after(0);
        if (copy != NULL) {
            assert_non_null(copy->tls);
            assert_non_null(copy->tds);
        }
        ak_conversation_copy_free(copy);
        assert_int_equal(k.hello.references, MANY_REFERENCES);
        assert_int_equal(k.leaf.references, MANY_REFERENCES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_a_copy),
        cmocka_unit_test(shapes_and_certificates_are_shared),
        cmocka_unit_test(bare_conversations_stay_bare),
        cmocka_unit_test(want_of_memory_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
