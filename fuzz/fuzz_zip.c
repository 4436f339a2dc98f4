/* Fuzzes zip archives: their directory, the names of their members, and what comes out of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/limits.h"
#include "base/utf16.h"
#include "intake/zip_archive.h"

#include "fuzz_target.h"

enum { ALLOWED = 1 << 20, MEMBERS = 64 };

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

static size_t drain(struct ak_zip *zip, size_t index)
{
    static uint8_t bytes[8192];
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t got = 1, all = 0;
    struct ak_zip_stream *s = ak_zip_stream_open(zip, index, &error);
    FUZZ_CHECK(s != NULL || (error.code != AK_ERR_NONE && error.text[0] != '\0'));
    while (s != NULL && got != 0) {
        enum ak_err err = ak_zip_stream_read(s, bytes, sizeof bytes, &got, &error);
        FUZZ_CHECK(got <= sizeof bytes && (err == AK_ERR_NONE || error.text[0] != '\0'));
        all += got;
        if (err != AK_ERR_NONE)
            break;
    }
    ak_zip_stream_close(s);
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_span all = {data, size};
    struct ak_zip_origin origin = {&all, size, read_at};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t out = 0;
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_zip *zip = ak_zip_open(&origin, &error);
    FUZZ_CHECK(zip != NULL || (error.code != AK_ERR_NONE && error.text[0] != '\0'));
    if (zip == NULL)
        return 0;
    size_t count = ak_zip_count(zip);
    FUZZ_CHECK(count <= AK_MAX_ZIP_MEMBERS);
    ak_zip_resume(zip, 0, ALLOWED);
    (void)ak_zip_is_document(zip);
    for (size_t i = 0; i < count && i < MEMBERS; i++) {
        struct ak_zip_member member;
        struct ak_text name;
        ak_text_init(&name, 4 * AK_MAX_ZIP_NAME);
        (void)ak_zip_member_at(zip, i, &member);
        ak_zip_name(zip, i, &name);
        struct ak_span text = {(const uint8_t *)name.bytes, name.size};
        FUZZ_CHECK(ak_utf8_valid(text) &&
                   memchr(name.size != 0 ? name.bytes : "", 0, name.size) == NULL);
        ak_text_release(&name);
        out += drain(zip, i);
    }
    FUZZ_CHECK(out <= ALLOWED);
    ak_zip_drop(zip);
    return 0;
}
