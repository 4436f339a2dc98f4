/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ntlmssp.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* [MS-NLMP] 2.2.1.1 to 2.2.1.3, made by hand. */
#define NEGOTIATE                                                                                  \
    "'NTLMSSP' 00 01000000 07b208a2"                                                               \
    "0400 0400 20000000  # domain\n"                                                               \
    "0500 0500 24000000  # workstation\n"                                                          \
    "'CORP' 'SQL01'"
#define CHALLENGE                                                                                  \
    "'NTLMSSP' 00 02000000 0800 0800 30000000 05828a62 11*8 00*8 "                                 \
    "1600 1600 38000000  # target info\n"                                                          \
    "43004f0052005000"                                                                             \
    "0100 0200 5100  0300 0800 64006200300031 00  0000 0000"
#define AUTHENTICATE                                                                               \
    "'NTLMSSP' 00 03000000 0200 0200 48000000  0200 0200 4a000000"                                 \
    "0800 0800 4c000000  # domain\n"                                                               \
    "0600 0600 54000000  # user\n"                                                                 \
    "0400 0400 5a000000  # workstation\n"                                                          \
    "0000 0000 00000000 05828262"                                                                  \
    "00*8 aabb ccdd 43004f0052005000 730076006300 5000 4300"

static struct ak_ntlm parse(const char *hex, struct ak_bytes *b, enum ak_verdict expected)
{
    struct ak_ntlm ntlm;
    struct ak_parse record;
    *b = ak_hex(hex);
    assert_int_equal(ak_ntlm_parse(ak_bytes_span(b), &ntlm, &record), expected);
    return ntlm;
}

static void assert_wide(struct ak_span span, const char *text)
{
    assert_int_equal(span.size, 2 * strlen(text));
    for (size_t i = 0; text[i] != '\0'; i++)
        assert_int_equal(span.bytes[2 * i], text[i]);
}

static void parses_the_three_messages(void **state)
{
    (void)state;
    struct ak_bytes b;
    struct ak_ntlm ntlm = parse(NEGOTIATE, &b, AK_VERDICT_PARSED);
    assert_int_equal(ntlm.type, AK_NTLM_NEGOTIATE);
    ak_assert_text(ntlm.domain, "CORP");
    ak_assert_text(ntlm.workstation, "SQL01");
    ak_bytes_free(&b);
    ntlm = parse(CHALLENGE, &b, AK_VERDICT_PARSED);
    assert_true(ntlm.unicode);
    assert_wide(ntlm.domain, "CORP");
    assert_wide(ntlm.dns_computer, "db01");
    ak_bytes_free(&b);
    ntlm = parse(AUTHENTICATE, &b, AK_VERDICT_PARSED);
    assert_true(ntlm.unicode);
    assert_wide(ntlm.domain, "CORP");
    assert_wide(ntlm.user, "svc");
    assert_wide(ntlm.workstation, "PC");
    ak_bytes_free(&b);
}

static void says_what_it_cannot_read(void **state)
{
    (void)state;
    struct ak_bytes b;
    (void)parse("'NTLMSSP' 00 04000000", &b, AK_VERDICT_UNKNOWN);
    ak_bytes_free(&b);
    (void)parse("'NTLMSSX' 00 01000000", &b, AK_VERDICT_UNKNOWN);
    ak_bytes_free(&b);
    (void)parse("'NTLMSSP' 00 01", &b, AK_VERDICT_SHORT);
    ak_bytes_free(&b);
}

static void anything(struct ak_span bytes, void *context)
{
    (void)context;
    struct ak_ntlm ntlm;
    struct ak_parse record;
    (void)ak_ntlm_parse(bytes, &ntlm, &record);
    ak_assert_inside(bytes, ntlm.domain);
    ak_assert_inside(bytes, ntlm.user);
    ak_assert_inside(bytes, ntlm.workstation);
    ak_assert_inside(bytes, ntlm.dns_computer);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const char *const vectors[] = {NEGOTIATE, CHALLENGE, AUTHENTICATE};
    for (size_t i = 0; i < AK_COUNT(vectors); i++) {
        struct ak_bytes b = ak_hex(vectors[i]);
        ak_each_damage(ak_bytes_span(&b), anything, NULL);
        ak_bytes_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_the_three_messages),
        cmocka_unit_test(says_what_it_cannot_read),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
