/* Fuzzes ak_utf16le_to_utf8 and ak_utf8_copy: byte 0 is the room for the result, the rest the text.
 * Promises: the result fits, ends in NUL and is valid UTF-8, so that copying it changes nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf16.h"

#include <string.h>

#include "fuzz_target.h"

static void is_stable(const char *text, size_t n)
{
    char *copy = malloc(n + 1);
    struct ak_span span = {(const uint8_t *)text, n};
    FUZZ_CHECK(copy != NULL);
    FUZZ_CHECK(ak_utf8_copy(span, copy, n + 1) == n && memcmp(text, copy, n + 1) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > FUZZ_MAX_INPUT)
        return 0;
    size_t room = (size_t)data[0] + 1;
    struct ak_span in = {data + 1, size - 1};
    char *out = malloc(room);
    FUZZ_CHECK(out != NULL);
    size_t n = ak_utf8_copy(in, out, room);
    FUZZ_CHECK(n < room && strlen(out) == n);
    is_stable(out, n);
    n = ak_utf16le_to_utf8(in, out, room);
    FUZZ_CHECK(n < room && out[n] == '\0');
    if (strlen(out) == n) /* U+0000 passes through UTF-16 */
        is_stable(out, n);
    free(out);
    return 0;
}
