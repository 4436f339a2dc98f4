/* Fuzzes ak_clear_detect and ak_clear_read as a dialogue: { control(1) length(1) bytes }*; control
 * bit 0 is the side. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include "fuzz_target.h"

static bool one_unit(struct ak_clear_state *state, bool server, struct ak_span *bytes)
{
    struct ak_clear_unit unit;
    if (state->row == NULL && ak_clear_detect(state, server, *bytes) != AK_VERDICT_PARSED)
        return false;
    enum ak_verdict verdict = ak_clear_read(state, server, *bytes, &unit);
    FUZZ_CHECK(verdict != AK_VERDICT_SHORT || bytes->size < AK_CLEAR_WINDOW);
    if (verdict != AK_VERDICT_PARSED)
        return false;
    FUZZ_CHECK(unit.size != 0 && unit.event <= AK_CLEAR_HEADER);
    FUZZ_CHECK(memchr(unit.answer, 0, sizeof unit.answer) != NULL);
    FUZZ_CHECK(fuzz_inside(bytes->bytes, bytes->size, unit.target.bytes));
    FUZZ_CHECK(fuzz_inside(bytes->bytes, bytes->size, unit.source.bytes));
    size_t used = unit.size < bytes->size ? unit.size : bytes->size;
    bytes->bytes += used;
    bytes->size -= used;
    return bytes->size != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ak_clear_state state;
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(data, size, &parse);
    if (size > FUZZ_MAX_INPUT)
        return 0;
    memset(&state, 0, sizeof state);
    while (r.left >= 2) {
        uint8_t control = ak_read_u8(&r, "control");
        size_t length = ak_read_u8(&r, "length");
        struct ak_span part = ak_read_span(&r, length < r.left ? length : r.left, "bytes");
        while (part.size != 0 && one_unit(&state, control & 1, &part))
            continue;
    }
    return 0;
}
