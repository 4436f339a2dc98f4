/* PRELOGIN, LOGIN7 and answers without credentials and names. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrite/tds_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "codec/tds.h"
#include "support/parser_check.h"

static struct ak_pseudonyms *names;

typedef void rewriting(struct ak_pseudonyms *with, struct ak_span body, uint8_t *to);

static struct ak_bytes rewrite(rewriting *call, const struct ak_bytes *from,
                               struct ak_pseudonyms *with)
{
    struct ak_bytes to = ak_bytes_copy(from->at, from->size);
    memset(to.at, 0, to.size);
    call(with, ak_bytes_span(from), to.at);
    return to;
}

static bool holds(const struct ak_bytes *b, const char *text, bool wide)
{
    size_t n = strlen(text), step = wide ? 2 : 1;
    for (size_t i = 0; i + n * step <= b->size; i++) {
        size_t same = 0;
        while (same < n && b->at[i + same * step] == (uint8_t)text[same] &&
               (!wide || b->at[i + same * step + 1] == 0))
            same++;
        if (same == n)
            return true;
    }
    return false;
}

static void prelogin_keeps_what_decides(void **state)
{
    (void)state;
    struct ak_bytes from = ak_hex("00 001f 0006 01 0025 0001 02 0026 0009 03 002f 0004 05 0033 0008"
                                  "09 003b 0006 ff 0f0007d00000 02 'SQLHOST1' 00 00001234"
                                  "'trace-id' 'secret'");
    struct ak_bytes to = rewrite(ak_rewrite_prelogin, &from, names);
    struct ak_prelogin before, after;
    struct ak_parse parse;
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&from), &before, &parse), AK_VERDICT_PARSED);
    assert_int_equal(ak_prelogin_parse(ak_bytes_span(&to), &after, &parse), AK_VERDICT_PARSED);
    assert_int_equal(after.major, 15);
    assert_int_equal(after.encryption, 2);
    assert_int_equal(after.thread, before.thread);
    assert_int_equal(after.instance.size, 9);
    assert_false(holds(&to, "SQLHOST1", false) || holds(&to, "trace-id", false) ||
                 holds(&to, "secret", false));
    ak_bytes_free(&to);
    to = rewrite(ak_rewrite_prelogin, &from, NULL);
    assert_true(holds(&to, "SQLHOST1", false));
    assert_false(holds(&to, "secret", false));
    ak_bytes_free(&to);
    ak_bytes_free(&from);
}

/* Fixed part, then host, user, password, application, server, library, database. */
static struct ak_bytes login(void)
{
    return ak_hex(
        "00000000 74000004 00100000 00000007 00000100 00000000 e0 03 00 00 00000000 00000000"
        "5e00 0500 6800 0400 7000 0300 7600 0400 7e00 0500 0000 0000 8800 0400 0000 0000"
        "9000 0400 001122334455 0000 0000 0000 0000 0000 0000 00000000"
        "'H' 00 'O' 00 'S' 00 'T' 00 '1' 00  'u' 00 's' 00 'e' 00 'r' 00"
        "'p' 00 'w' 00 'd' 00  'T' 00 'S' 00 'Q' 00 'L' 00"
        "'S' 00 'R' 00 'V' 00 '0' 00 '1' 00  'j' 00 'T' 00 'D' 00 'S' 00"
        "'b' 00 'o' 00 'o' 00 'k' 00");
}

static void login_loses_credentials(void **state)
{
    (void)state;
    struct ak_bytes from = login();
    struct ak_login7 parsed;
    struct ak_parse parse;
    bool fixed;
    for (int pass = 0; pass < 2; pass++) {
        struct ak_bytes to = rewrite(ak_rewrite_login7, &from, pass ? names : NULL);
        (void)ak_login7_parse(ak_bytes_span(&to), &parsed, &fixed, &parse);
        assert_true(fixed);
        assert_int_equal(parsed.password_characters, 3);
        assert_int_equal(parsed.user.size, 8);
        assert_false(holds(&to, "user", true) || holds(&to, "pwd", true));
        assert_true(holds(&to, "jTDS", true));
        assert_int_equal(holds(&to, "HOST1", true), !pass);
        assert_int_equal(holds(&to, "SRV01", true), !pass);
        assert_int_equal(holds(&to, "book", true), !pass);
        assert_int_equal(holds(&to, "\x11\x22\x33\x44\x55", false), !pass);
        ak_bytes_free(&to);
    }
    ak_bytes_free(&from);
}

static void other_fields_over_the_password_do_not_show_it(void **state)
{
    (void)state;
    struct ak_bytes from = login();
    from.at[36] = 0x70; /* the host's offset: the password's */
    struct ak_bytes to = rewrite(ak_rewrite_login7, &from, NULL);
    assert_false(holds(&to, "pwd", true));
    ak_bytes_free(&to);
    ak_bytes_free(&from);
}

static void answers_keep_numbers(void **state)
{
    (void)state;
    struct ak_bytes from = ak_hex(
        "aa 2200 18480000 01 0e 0400 'L' 00 'o' 00 ' ' 00 'X' 00 04 'S' 00 'R' 00 'V' 00 '1' 00"
        "02 'p' 00 'r' 00 01000000"
        "e3 0d00 01 04 'b' 00 'o' 00 'o' 00 'k' 00 01 'm' 00"
        "ed 0600 'ticket' fd 0000 0000 00*8 d1 'row data'");
    struct ak_bytes to = rewrite(ak_rewrite_response, &from, names);
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(to.at, to.size, &parse);
    struct ak_tds_token token;
    assert_int_equal(ak_tds_token_parse(&r, &token), AK_VERDICT_PARSED);
    assert_int_equal(token.number, 18456);
    assert_int_equal(token.severity, 14);
    assert_true(holds(&to, "xx x", true));
    assert_false(holds(&to, "SRV1", true) || holds(&to, "book", true) ||
                 holds(&to, "ticket", false) || holds(&to, "row", false));
    assert_int_equal(ak_tds_token_parse(&r, &token), AK_VERDICT_PARSED);
    assert_int_equal(token.change_type, 1);
    assert_int_equal(ak_tds_token_parse(&r, &token), AK_VERDICT_PARSED);
    assert_int_equal(token.kind, AK_TDS_TOKEN_SSPI);
    assert_int_equal(ak_tds_token_parse(&r, &token), AK_VERDICT_PARSED);
    assert_int_equal(token.kind, AK_TDS_TOKEN_DONE);
    ak_bytes_free(&to);
    ak_bytes_free(&from);
}

static void survive(struct ak_span body, void *context)
{
    rewriting *const calls[] = {ak_rewrite_prelogin, ak_rewrite_login7, ak_rewrite_response};
    struct ak_bytes to = ak_bytes_copy(body.bytes, body.size);
    (void)context;
    for (size_t i = 0; i < 3; i++) {
        if (to.size != 0)
            memset(to.at, 0, to.size);
        calls[i](names, body, to.at);
    }
    ak_bytes_free(&to);
}

static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_bytes from = login();
    from.at[27] = 0x10; /* features */
    from.at[56] = 0x5e;
    ak_each_damage(ak_bytes_span(&from), survive, NULL);
    ak_bytes_free(&from);
}

static int set_up(void **state)
{
    (void)state;
    names = ak_pseudonyms_new("messages");
    return names == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ak_pseudonyms_free(names);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prelogin_keeps_what_decides),
        cmocka_unit_test(login_loses_credentials),
        cmocka_unit_test(other_fields_over_the_password_do_not_show_it),
        cmocka_unit_test(answers_keep_numbers),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
