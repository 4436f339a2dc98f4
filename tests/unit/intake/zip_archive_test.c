/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/zip_archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "support/parser_check.h"
#include "support/zip_builder.h"

static bool read_at(void *context, uint64_t offset, void *bytes, size_t room, size_t *got,
                    struct ak_error *error)
{
    const struct ak_span *all = context;
    (void)error;
    *got = 0;
    if (offset < all->size) {
        *got = all->size - (size_t)offset < room ? all->size - (size_t)offset : room;
        memcpy(bytes, all->bytes + (size_t)offset, *got);
    }
    return true;
}

static struct ak_zip *open_span(struct ak_span *all, struct ak_error *error)
{
    struct ak_zip_origin origin = {all, all->size, read_at};
    memset(error, 0, sizeof *error);
    return ak_zip_open(&origin, error);
}

static struct ak_zip *build(const struct zip_file *files, size_t count, struct ak_error *error)
{
    static struct zip_bytes z;
    static struct ak_span all;
    zip_build(&z, files, count);
    all.bytes = z.at;
    all.size = z.size;
    assert_true(ak_zip_sniff(all));
    return open_span(&all, error);
}

/* Reads a member to its end in small pieces. */
static enum ak_err contents(struct ak_zip *zip, size_t index, char *out, size_t room, size_t *size,
                            struct ak_error *error)
{
    size_t got = 1;
    enum ak_err err = AK_ERR_NONE;
    *size = 0;
    struct ak_zip_stream *s = ak_zip_stream_open(zip, index, error);
    if (s == NULL)
        return error->code;
    while (err == AK_ERR_NONE && got != 0) {
        char piece[7];
        err = ak_zip_stream_read(s, piece, sizeof piece, &got, error);
        assert_true(got <= sizeof piece);
        if (out != NULL && got <= room - *size)
            memcpy(out + *size, piece, got);
        *size += got;
    }
    ak_zip_stream_close(s);
    return err;
}

static void members_are_read(void **state)
{
    static const struct zip_file files[] = {
        {.name = "case/ERRORLOG", .bytes = "stored bytes", .size = 12},
        {.name = "a\\b.txt", .bytes = "deflated deflated deflated", .size = 26, .method = 8},
        {.name = "folder/", .bytes = "", .size = 0},
        {.name = "big", .bytes = "of zip64", .size = 8, .zip64 = true},
        {.name = "empty", .bytes = "", .size = 0, .method = 8},
    };
    static const char *const names[] = {"case/ERRORLOG", "a/b.txt", "folder/", "big", "empty"};
    struct ak_error error;
    struct ak_text name;
    struct ak_zip_member m;
    (void)state;
    struct ak_zip *zip = build(files, AK_COUNT(files), &error);
    assert_non_null(zip);
    assert_int_equal(ak_zip_count(zip), AK_COUNT(files));
    assert_false(ak_zip_is_document(zip));
    ak_text_init(&name, 1000);
    for (size_t i = 0; i < AK_COUNT(files); i++) {
        char bytes[64];
        size_t size;
        assert_true(ak_zip_member_at(zip, i, &m));
        assert_int_equal(m.obstacle, i == 2 ? AK_ZIP_FOLDER : AK_ZIP_READABLE);
        assert_int_equal(m.size, files[i].size);
        ak_text_clear(&name);
        ak_zip_name(zip, i, &name);
        assert_string_equal(ak_text_string(&name), names[i]);
        assert_int_equal(contents(zip, i, bytes, sizeof bytes, &size, &error), AK_ERR_NONE);
        assert_int_equal(size, files[i].size);
        assert_memory_equal(bytes, files[i].bytes, size);
    }
    assert_false(ak_zip_member_at(zip, AK_COUNT(files), &m));
    ak_text_release(&name);
    ak_zip_drop(zip);
}

static void names_are_japanese_or_western(void **state)
{
    static const struct {
        const char *raw, *name;
        unsigned flags;
    } rows[] = {
        {"\x8f\xd8\x8b\x92/\x83\x54\x81\x5b\x83\x6f.cer", "証拠/サーバ.cer", 0},
        {"\xe8\xa8\xbc\xe6\x8b\xa0", "証拠", 0x800},
        {"\xe8\xa8\xbc\xe6\x8b\xa0", "証拠", 0}, /* not marked, as many programs write it */
        {"caf\x82.log", "caf\xc3\xa9.log", 0},   /* code page 437 */
        {"\x83\x5c.txt", "ソ.txt", 0},           /* its second byte is a backslash in ASCII */
    };
    struct ak_text name;
    (void)state;
    ak_text_init(&name, 1000);
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        struct zip_file file = {.name = rows[i].raw, .bytes = "", .flags = rows[i].flags};
        struct ak_error error;
        struct ak_zip *zip = build(&file, 1, &error);
        assert_non_null(zip);
        ak_text_clear(&name);
        ak_zip_name(zip, 0, &name);
        assert_string_equal(ak_text_string(&name), rows[i].name);
        ak_zip_drop(zip);
    }
    ak_text_release(&name);
}

static void what_cannot_be_read_says_why(void **state)
{
    static const struct zip_file files[] = {
        {.name = "secret", .bytes = "0123456789abcdef", .size = 16, .flags = 1},
        {.name = "odd", .bytes = "xxxx", .size = 4, .method = 12},
        {.name = "spoilt", .bytes = "deflated", .size = 8, .method = 8, .spoils = 1},
        {.name = "short", .bytes = "\xff\xff\xff\xff", .size = 4, .method = 0, .spoils = 1},
    };
    static const struct {
        enum ak_zip_obstacle obstacle;
        enum ak_err err;
        const char *why;
    } want[] = {
        {AK_ZIP_ENCRYPTED, AK_ERR_UNSUPPORTED,
         "encrypted in the zip archive: unpack it with its password"},
        {AK_ZIP_UNSUPPORTED, AK_ERR_UNSUPPORTED,
         "packed in a way that is not read (of zip: stored and deflated)"},
        {AK_ZIP_READABLE, AK_ERR_FORMAT, "damaged: its checksum in the archive differs"},
        {AK_ZIP_READABLE, AK_ERR_FORMAT, "damaged: its checksum in the archive differs"},
    };
    struct ak_error error;
    (void)state;
    struct ak_zip *zip = build(files, AK_COUNT(files), &error);
    assert_non_null(zip);
    for (size_t i = 0; i < AK_COUNT(files); i++) {
        struct ak_zip_member m;
        size_t size;
        assert_true(ak_zip_member_at(zip, i, &m));
        assert_int_equal(m.obstacle, want[i].obstacle);
        assert_int_equal(contents(zip, i, NULL, 0, &size, &error), want[i].err);
        assert_string_equal(error.text, want[i].why);
    }
    ak_zip_drop(zip);
}

static void documents_are_known(void **state)
{
    static const struct zip_file files[] = {{.name = "[Content_Types].xml", .bytes = ""}};
    struct ak_error error;
    (void)state;
    struct ak_zip *zip = build(files, 1, &error);
    assert_true(ak_zip_is_document(zip));
    ak_zip_drop(zip);
}

static void a_bomb_is_refused_when_it_says_so(void **state)
{
    struct zip_file file = {.name = "zeros", .bytes = "", .zip64 = true};
    struct ak_error error;
    (void)state;
    file.claims = AK_ZIP_FREE_BYTES;
    struct ak_zip *zip = build(&file, 1, &error);
    assert_non_null(zip);
    ak_zip_drop(zip);
    file.claims = AK_ZIP_FREE_BYTES + 1024 * 1024;
    assert_null(build(&file, 1, &error));
    assert_int_equal(error.code, AK_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "zip bomb"));
    file.claims = UINT64_MAX;
    assert_null(build(&file, 1, &error));
}

/* Claims are lies: what comes out counts, over all members and also when it was closed meanwhile.
 */
static void a_bomb_is_refused_when_it_lies(void **state)
{
    static uint8_t zeros[60000];
    struct zip_file files[2] = {
        {.name = "a", .bytes = zeros, .size = sizeof zeros, .method = 8, .claims = 1},
        {.name = "b", .bytes = zeros, .size = sizeof zeros, .method = 8, .claims = 1}};
    struct ak_error error;
    size_t size;
    (void)state;
    for (unsigned resumed = 0; resumed < 2; resumed++) {
        struct ak_zip *zip = build(files, 2, &error);
        assert_non_null(zip);
        ak_zip_resume(zip, resumed * 30000u, 90000);
        (void)contents(zip, 0, NULL, 0, &size, &error);
        assert_false(ak_zip_is_spent(zip));
        assert_int_equal(ak_zip_given(zip), resumed * 30000u + size);
        bool whole = size == sizeof zeros;
        enum ak_err err = contents(zip, 1, NULL, 0, &size, &error);
        if (whole || resumed != 0) {
            assert_int_equal(err, AK_ERR_UNSUPPORTED);
            assert_true(ak_zip_is_spent(zip) && size <= 30000);
            assert_null(ak_zip_stream_open(zip, 0, &error));
            assert_non_null(strstr(error.text, "zip bomb"));
        }
        ak_zip_drop(zip);
    }
}

/* A directory of more entries than are followed, and one too large to be read. */
static void large_directories_are_refused(void **state)
{
    enum { ENTRY = 46, MANY = AK_MAX_ZIP_MEMBERS + 1 };
    struct {
        size_t count, name;
    } rows[] = {{MANY, 0}, {AK_MAX_ZIP_DIRECTORY / 60000 + 1, 60000}};
    (void)state;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        size_t size = rows[i].count * (ENTRY + rows[i].name), n = size + 22;
        uint8_t *bytes = calloc(1, n);
        struct ak_span all = {bytes, n};
        struct ak_error error;
        assert_non_null(bytes);
        for (size_t at = 0; at < size; at += ENTRY + rows[i].name) {
            memcpy(bytes + at, "PK\1\2", 4);
            bytes[at + 28] = (uint8_t)rows[i].name;
            bytes[at + 29] = (uint8_t)(rows[i].name >> 8);
            memset(bytes + at + ENTRY, 'n', rows[i].name);
        }
        memcpy(bytes + size, "PK\5\6", 4);
        for (size_t k = 0; k < 2; k++) {
            bytes[size + 8 + 2 * k] = (uint8_t)rows[i].count;
            bytes[size + 9 + 2 * k] = (uint8_t)(rows[i].count >> 8);
        }
        for (size_t k = 0; k < 4; k++)
            bytes[size + 12 + k] = (uint8_t)(size >> (8 * k));
        assert_null(open_span(&all, &error));
        assert_int_equal(error.code, AK_ERR_UNSUPPORTED);
        assert_non_null(strstr(error.text, i == 0 ? "too many" : "too large"));
        free(bytes);
    }
}

static void try_damaged(struct ak_span bytes, void *context)
{
    struct ak_error error;
    struct ak_text name;
    (void)context;
    struct ak_zip *zip = open_span(&bytes, &error);
    if (zip == NULL) {
        assert_true(error.code == AK_ERR_FORMAT || error.code == AK_ERR_UNSUPPORTED);
        return;
    }
    ak_zip_resume(zip, 0, 4096);
    ak_text_init(&name, 4 * AK_MAX_ZIP_NAME);
    for (size_t i = 0; i < ak_zip_count(zip); i++) {
        struct ak_zip_member m;
        size_t size;
        (void)ak_zip_member_at(zip, i, &m);
        ak_text_clear(&name);
        ak_zip_name(zip, i, &name);
        struct ak_span span = {(const uint8_t *)name.bytes, name.size};
        assert_true(ak_utf8_valid(span));
        (void)contents(zip, i, NULL, 0, &size, &error);
        assert_true(size <= 4096);
    }
    ak_text_release(&name);
    ak_zip_drop(zip);
}

static void damage_is_survived(void **state)
{
    static const struct zip_file files[] = {
        {.name = "a", .bytes = "deflated deflated", .size = 17, .method = 8},
        {.name = "\x83\x54", .bytes = "stored", .size = 6, .zip64 = true},
    };
    static struct zip_bytes z;
    (void)state;
    zip_build(&z, files, AK_COUNT(files));
    struct ak_span all = {z.at, z.size};
    ak_each_damage(all, try_damaged, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(names_are_japanese_or_western),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(documents_are_known),
        cmocka_unit_test(a_bomb_is_refused_when_it_says_so),
        cmocka_unit_test(a_bomb_is_refused_when_it_lies),
        cmocka_unit_test(large_directories_are_refused),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
