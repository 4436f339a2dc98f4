/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/attr.h"
#include "support/parser_check.h"

/* SipHash-1-3 of 0, 1, 2 ... bytes 00 01 02 ... under the key 00 01 ... 0f: the reference
 * implementation (github.com/veorq/SipHash) with one and three rounds. */
static const uint64_t vectors[] = {
    UINT64_C(0xabac0158050fc4dc), UINT64_C(0xc9f49bf37d57ca93), UINT64_C(0x82cb9b024dc7d44d),
    UINT64_C(0x8bf80ab8e7ddf7fb), UINT64_C(0xcf75576088d38328), UINT64_C(0xdef9d52f49533b67),
    UINT64_C(0xc50d2b50c59f22a7), UINT64_C(0xd3927d989bb11140), UINT64_C(0x369095118d299a8e),
    UINT64_C(0x25a48eb36c063de4), UINT64_C(0x79de85ee92ff097f), UINT64_C(0x70c118c1f94dc352),
    UINT64_C(0x78a384b157b4d9a2), UINT64_C(0x306f760c1229ffa7), UINT64_C(0x605aa111c0f95d34),
    UINT64_C(0xd320d86d2a519956), UINT64_C(0xcc4fdd1a7d908b66), UINT64_C(0x9cf2689063dbd80c),
    UINT64_C(0x8ffc389cb473e63e), UINT64_C(0xf21f9de58d297d1c)};

static const struct ak_hash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

static void siphash_vectors(void **state)
{
    (void)state;
    uint8_t in[AK_COUNT(vectors)];
    for (size_t i = 0; i < AK_COUNT(vectors); i++) {
        in[i] = (uint8_t)i;
        struct ak_bytes copy = ak_bytes_copy(in, i);
        assert_true(ak_hash_bytes(key, copy.at, copy.size) == vectors[i]);
        ak_bytes_free(&copy);
    }
    assert_true(ak_hash_bytes(key, NULL, 0) == vectors[0]);
}

/* Equal contents are equal wherever they lie, any one bit changes the hash, and so does the size.
 */
static void contents_are_told_apart(void **state)
{
    (void)state;
    for (size_t size = 0; size < 70; size++) {
        uint8_t in[70] = {0};
        struct ak_bytes copy = ak_bytes_copy(in, size);
        uint64_t hash = ak_hash_content(key, copy.at, size);
        assert_true(ak_hash_content(key, in, size) == hash);
        assert_true(size == 69 || ak_hash_content(key, in, size + 1) != hash);
        for (size_t bit = 0; bit < 8 * size; bit++) {
            copy.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_true(ak_hash_content(key, copy.at, size) != hash);
            copy.at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        struct ak_hash_key other = {key.k0, key.k1 ^ 1};
        assert_true(ak_hash_content(other, in, size) != hash);
        ak_bytes_free(&copy);
    }
}

static void key_matters(void **state)
{
    (void)state;
    struct ak_hash_key other = {key.k0 ^ 1, key.k1};
    assert_true(ak_hash_bytes(key, "abc", 3) != ak_hash_bytes(other, "abc", 3));
    other.k0 = key.k0;
    other.k1 = key.k1 ^ 1;
    assert_true(ak_hash_bytes(key, "abc", 3) != ak_hash_bytes(other, "abc", 3));
}

static void mix_tells_words_apart(void **state)
{
    (void)state;
    for (uint64_t bit = 0; bit < 64; bit++) {
        uint64_t word = UINT64_C(1) << bit;
        assert_true(ak_hash_mix(1, word) != ak_hash_mix(1, 0));
        assert_true(ak_hash_mix(word, 7) != ak_hash_mix(0, 7));
    }
    assert_true(ak_hash_mix(ak_hash_mix(5, 1), 2) != ak_hash_mix(ak_hash_mix(5, 2), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_vectors),
        cmocka_unit_test(contents_are_told_apart),
        cmocka_unit_test(key_matters),
        cmocka_unit_test(mix_tells_words_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
