/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* RFC 1321 A.5, RFC 3174 7.3, FIPS 180-2 B.1. */
static void known_answers(void **state)
{
    (void)state;
    static const struct {
        enum ak_digest_kind kind;
        const char *in, *out;
    } rows[] = {
        {AK_DIGEST_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
        {AK_DIGEST_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
        {AK_DIGEST_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {AK_DIGEST_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {AK_DIGEST_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {AK_DIGEST_SHA256, "abc",
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    struct ak_digest *digest = ak_digest_new();
    assert_non_null(digest);
    for (int round = 0; round < 2; round++) /* one object serves again and again */
        for (size_t i = 0; i < AK_COUNT(rows); i++) {
            struct ak_bytes want = ak_hex(rows[i].out);
            struct ak_bytes out = ak_bytes_copy(want.at, want.size);
            memset(out.at, 0, out.size);
            assert_true(
                ak_digest_make(digest, rows[i].kind, rows[i].in, strlen(rows[i].in), out.at));
            assert_memory_equal(out.at, want.at, want.size);
            ak_bytes_free(&want);
            ak_bytes_free(&out);
        }
    ak_digest_free(digest);
    ak_digest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
