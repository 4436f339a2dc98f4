/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include "base/attr.h"
#include "support/clear_talk.h"

static void proxies_are_understood(void **state)
{
    (void)state;
    static const struct step connect[] = {
        {C, "'CONNECT h:443 HTTP/1.1' 0d0a", AK_CLEAR_TARGET, NULL},
        {C, "'Proxy-Authorization: Basic eA==' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.1 100 Continue' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.1 407 x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_DENY, NULL},
        {S, "'body' 0a", AK_CLEAR_TEXT, NULL},
        {C, "'CONNECT h:443 HTTP/1.1' 0d0a", AK_CLEAR_TARGET, NULL},
        {C, "0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'HTTP/1.0 200 OK' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'Via: x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "0d0a", AK_CLEAR_GRANT, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step socks4[] = {
        {C, "04 01 01bb 00000001 'me' 00 'host' 00", AK_CLEAR_TARGET, NULL},
        {S, "00 5b 000000000000", AK_CLEAR_DENY, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step socks5[] = {
        {C, "05 02 00 02", AK_CLEAR_TEXT, NULL},
        {S, "05 02", AK_CLEAR_TEXT, NULL},
        {C, "01 02 'me' 02 'pw'", AK_CLEAR_TEXT, NULL},
        {S, "01 00", AK_CLEAR_TEXT, NULL},
        {C, "05 01 00 03 04 'host' 01bb", AK_CLEAR_TARGET, NULL},
        {S, "05 00 00 01 00000000 0000", AK_CLEAR_GRANT, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step gssapi[] = {
        {C, "05 01 01", AK_CLEAR_TEXT, NULL},
        {S, "05 01", AK_CLEAR_END, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step header[] = {
        {C, "0d0a0d0a000d0a515549540a 21 11 000f c6336407 cb007109 dc04 01bb 200000",
         AK_CLEAR_HEADER, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {connect, socks4, socks5, gssapi, header};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void targets_are_given(void **state)
{
    (void)state;
    struct ak_clear_state s;
    struct ak_clear_unit unit;
    struct ak_bytes b = ak_hex("'PROXY TCP6 2001:db8::5 2001:db8::9 1 65535' 0d0a");
    memset(&s, 0, sizeof s);
    assert_int_equal(ak_clear_detect(&s, false, ak_bytes_span(&b)), AK_VERDICT_PARSED);
    assert_int_equal(ak_clear_read(&s, false, ak_bytes_span(&b), &unit), AK_VERDICT_PARSED);
    assert_int_equal(unit.target.port, 65535);
    assert_int_equal(unit.source.port, 1);
    ak_assert_text(unit.source.bytes, "2001:db8::5");
    ak_assert_text(unit.target.bytes, "2001:db8::9");
    ak_bytes_free(&b);
    b = ak_hex("'CONNECT [::1]:1433 HTTP/1.1' 0d0a");
    memset(&s, 0, sizeof s);
    assert_int_equal(ak_clear_detect(&s, false, ak_bytes_span(&b)), AK_VERDICT_PARSED);
    assert_int_equal(ak_clear_read(&s, false, ak_bytes_span(&b), &unit), AK_VERDICT_PARSED);
    assert_int_equal(unit.target.port, 1433);
    ak_assert_text(unit.target.bytes, "::1");
    ak_bytes_free(&b);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const struct first_unit rows[] = {
        {C, "'CONNECT [2001:db8::7]:1433 HTTP/1.1' 0d0a"},
        {C, "04 01 01bb c6336407 00"},
        {C, "05 01 00"},
        {C, "0d0a0d0a000d0a515549540a 2111 000c c0000205 c0000209 c351 01bb"},
    };
    survive_damage(rows, AK_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxies_are_understood),
        cmocka_unit_test(targets_are_given),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
