/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/symptom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/fold.h"
#include "base/limits.h"
#include "diagnose/symptom_tables.h"
#include "support/parser_check.h"

static struct ak_symptom_reading read_text(const char *text)
{
    struct ak_symptom_reading reading;
    struct ak_bytes copy = ak_bytes_copy(text, strlen(text));
    assert_int_equal(ak_symptoms_read((const char *)copy.at, copy.size, &reading), AK_ERR_NONE);
    ak_bytes_free(&copy);
    return reading;
}

static const struct ak_symptom_hit *hit_of(const struct ak_symptom_reading *r, const char *id)
{
    for (size_t i = 0; i < r->hit_count; i++)
        if (strcmp(r->hits[i].symptom->id, id) == 0)
            return &r->hits[i];
    return NULL;
}

static bool has_cause(const struct ak_symptom_reading *r, const char *id)
{
    for (size_t i = 0; i < r->cause_count; i++)
        if (strcmp(ak_cause_id(r->causes[i]), id) == 0)
            return true;
    return false;
}

/* The generator folds as base/fold.c does. */
static void patterns_are_folded(void **state)
{
    (void)state;
    for (size_t i = 0; i < ak_symptom_pattern_row_count; i++) {
        const char *p = ak_symptom_pattern_rows[i].text;
        char folded[512], letters[512];
        bool border[513];
        while (*p != '\0') {
            size_t n = strcspn(p, "*<>");
            assert_true(n < sizeof folded);
            size_t m = ak_fold(p, n, folded);
            m = ak_fold_letters(folded, m, letters, border);
            assert_int_equal(m, n);
            assert_memory_equal(letters, p, n);
            p += n + (p[n] != '\0');
        }
    }
    for (size_t i = 0; i < ak_number_context_row_count; i++) {
        const char *p = ak_number_context_rows[i].phrase;
        char folded[512];
        assert_int_equal(ak_fold(p, strlen(p), folded), strlen(p));
        assert_memory_equal(folded, p, strlen(p));
    }
}

static void tables_agree(void **state)
{
    (void)state;
    assert_true(ak_symptom_row_count > 300 && ak_cause_id_count > 26);
    for (size_t i = 0; i < ak_symptom_row_count; i++) {
        const struct ak_symptom *s = ak_symptom_at(i);
        assert_int_equal(ak_symptom_index(s), i);
        assert_true(s->stage_from <= s->stage_to && s->stage_to <= 8);
        for (size_t k = 0; k < s->cause_count; k++)
            assert_non_null(ak_cause_id(s->causes[k]));
    }
    assert_null(ak_symptom_at(ak_symptom_row_count));
    assert_null(ak_cause_id(ak_cause_id_count));
    for (size_t i = 0; i < ak_error_code_row_count; i++)
        assert_true(ak_error_code_rows[i].symptom < ak_symptom_row_count);
}

/* Line breaks inside words, full width, other quotes, and the older wording. */
static void writing_does_not_matter(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "error occurred during the pre-login handshake",
        "ERROR OCCURRED DURING\r\n   THE PRE\xe2\x80\x93LOGIN HAND\nSHAKE",
        "\xef\xbd\x85\xef\xbd\x92\xef\xbd\x92\xef\xbd\x8f\xef\xbd\x92 occurred during the "
        "\"pre-login\" handshake",
    };
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_symptom_reading r = read_text(texts[i]);
        assert_non_null(hit_of(&r, "sqlclient-prelogin"));
        assert_true(r.known && r.staged && r.stage_from == 1 && r.stage_to == 5);
    }
}

static void fragments_stand_near(void **state)
{
    (void)state;
    char text[AK_MAX_SYMPTOM_GAP + 256];
    for (size_t gap = AK_MAX_SYMPTOM_GAP - 1; gap <= AK_MAX_SYMPTOM_GAP + 1; gap++) {
        size_t n = strlen("SSL routines");
        memcpy(text, "SSL routines", n);
        memset(text + n, 'x', gap);
        memcpy(text + n + gap, "wrong version number", 21);
        struct ak_symptom_reading r = read_text(text);
        assert_int_equal(hit_of(&r, "openssl-wrong-version") != NULL, gap <= AK_MAX_SYMPTOM_GAP);
    }
}

static void borders_matter(void **state)
{
    (void)state;
    struct ak_symptom_reading r = read_text("class level");
    assert_int_equal(r.hit_count, 0);
    r = read_text("some ssl problem");
    assert_false(r.known);
    assert_true(r.staged && r.stage_from == 3);
    assert_string_equal(r.step, "");
}

/* The sharper text narrows the wider one, in either order. */
static void texts_combine(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Client unable to establish connection: certificate verify failed:self signed certificate",
        "certificate verify failed:self signed certificate. Client unable to establish connection",
    };
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_symptom_reading r = read_text(texts[i]);
        assert_int_equal(r.cause_count, 1);
        assert_true(has_cause(&r, "certificate-untrusted"));
        assert_int_equal(r.stage_from, 4);
        assert_string_equal(r.step, "certificate");
    }
    struct ak_symptom_reading r =
        read_text("Login failed for user 'x'. certificate has expired (another line)");
    assert_int_equal(r.cause_count, 1);
    assert_false(r.hits[1].agrees);
}

/* "Cannot generate SSPI context" takes back what the words before it say alone. */
static void longer_text_swallows(void **state)
{
    (void)state;
    struct ak_symptom_reading r = read_text("The target principal name is incorrect.");
    assert_true(has_cause(&r, "certificate-name-mismatch"));
    r = read_text("The target principal name is incorrect.  Cannot generate SSPI context.");
    assert_null(hit_of(&r, "principal-name"));
    assert_true(r.cause_count == 1 && has_cause(&r, "kerberos-not-tls"));
}

static void numbers_need_words(void **state)
{
    (void)state;
    struct ak_symptom_reading r =
        read_text("the process 10054 on 10.0.54.40:1433 took 1205 seconds since 10:54:10054 today");
    assert_int_equal(r.hit_count, 0);
    r = read_text(
        "Message 18456 came with the long text that is not known to anybody here, really");
    assert_non_null(hit_of(&r, "sql:18456"));
    r = read_text("Msg 1205, Level 13: the transaction was the victim of a deadlock on resources");
    assert_non_null(hit_of(&r, "sql:1205"));
    assert_null(hit_of(&r, "state:1205"));
    assert_false(r.known);
    r = read_text(
        "fatal alert code is 40. The Windows SChannel error state is 1205. And some more");
    assert_non_null(hit_of(&r, "alert:40"));
    assert_non_null(hit_of(&r, "state:1205"));
    assert_null(hit_of(&r, "sql:1205"));
}

/* A bare number has all its meanings, and they add up; behind an event it is a parameter. */
static void bare_numbers(void **state)
{
    (void)state;
    struct ak_symptom_reading r = read_text("1205");
    assert_int_equal(r.hit_count, 2);
    assert_true(r.known && has_cause(&r, "no-common-suite"));
    r = read_text("40");
    assert_non_null(hit_of(&r, "alert:40"));
    assert_non_null(hit_of(&r, "sni:40"));
    assert_true(r.stage_from == 0 && r.stage_to == 5);
    r = read_text("36888 40 1205");
    assert_int_equal(r.hit_count, 3);
    assert_null(hit_of(&r, "sql:1205"));
    assert_int_equal(r.stage_from, 3);
    assert_int_equal(r.stage_to, 3);
    r = read_text("4294967295 99999999999 0x 0xg -");
    assert_int_equal(r.hit_count, 0);
}

static void spellings_of_status(void **state)
{
    (void)state;
    static const char *const texts[] = {"0x80090331",
                                        "0X80090331L",
                                        "-2146893007",
                                        "2146893007",
                                        "8009030F",
                                        "0xffffffff80090331",
                                        "SEC_E_ALGORITHM_MISMATCH"};
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_symptom_reading r = read_text(texts[i]);
        assert_int_equal(r.hit_count, 1);
        assert_int_equal(r.hits[0].number, i == 4 ? 0x8009030fu : 0x80090331u);
    }
}

static void openssl_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text, *id;
    } rows[] = {
        {"error:0A000102:SSL routines::unsupported", "openssl:258"},
        {"error:1425F102:SSL routines:x:y", "openssl:258"},
        {"error:0A000410:SSL routines:x:y", "alert:40"},
        {"error:14094410:SSL routines:x:y", "alert:40"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct ak_symptom_reading r = read_text(rows[i].text);
        assert_non_null(hit_of(&r, rows[i].id));
    }
    struct ak_symptom_reading r =
        read_text("error:2006D080:BIO routines:BIO_new_file:no such file");
    assert_false(r.known);
}

static void promises(struct ak_span text, void *context)
{
    (void)context;
    struct ak_symptom_reading r;
    assert_int_equal(ak_symptoms_read((const char *)text.bytes, text.size, &r), AK_ERR_NONE);
    assert_true(r.hit_count <= AK_SYMPTOM_HITS && r.cause_count <= AK_SYMPTOM_CAUSES);
    assert_true(!r.staged || (r.stage_from <= r.stage_to && r.stage_to <= 8));
    assert_true(r.known || r.cause_count == 0);
    for (size_t i = 0; i < r.cause_count; i++)
        assert_non_null(ak_cause_id(r.causes[i]));
}

static void damaged_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "(provider: SSL Provider, error: 0 - The received certificate has expired.) "
        "(Microsoft SQL Server, Error: -2146893016)",
        "error:1425F102:SSL routines:ssl_choose_client_version:unsupported protocol 36888 40 1205",
        "\xe8\x87\xb4\xe5\x91\xbd\xe7\x9a\x84\xe3\x81\xaa\xe8\xad\xa6\xe5\x91\x8a\xe3\x81\x8c"
        "\xe7\x94\x9f\xe6\x88\x90: 40\xe3\x80\x82 [08001] ('08S01', 0x2746 (10054)",
    };
    for (size_t i = 0; i < AK_COUNT(texts); i++) {
        struct ak_span span = {(const uint8_t *)texts[i], strlen(texts[i])};
        ak_each_damage(span, promises, NULL);
    }
}

/* The longest text, all of it a beginning of patterns. */
static void long_texts(void **state)
{
    (void)state;
    size_t size = AK_MAX_SYMPTOM_TEXT + 100;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = "error: certificate "[i % 19];
    struct ak_span span = {(const uint8_t *)text, size};
    promises(span, NULL);
    memcpy(text + AK_MAX_SYMPTOM_TEXT, " 0x80090331 ", 12); /* beyond what is looked at */
    struct ak_symptom_reading r;
    assert_int_equal(ak_symptoms_read(text, size, &r), AK_ERR_NONE);
    assert_false(r.known);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_folded),
        cmocka_unit_test(tables_agree),
        cmocka_unit_test(writing_does_not_matter),
        cmocka_unit_test(fragments_stand_near),
        cmocka_unit_test(borders_matter),
        cmocka_unit_test(texts_combine),
        cmocka_unit_test(longer_text_swallows),
        cmocka_unit_test(numbers_need_words),
        cmocka_unit_test(bare_numbers),
        cmocka_unit_test(spellings_of_status),
        cmocka_unit_test(openssl_numbers),
        cmocka_unit_test(damaged_texts),
        cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
