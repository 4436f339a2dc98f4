/* Bytes of two sides straight into a dialogue: ak_dialogue_bytes, ak_dialogue_gap, and the TLS and
 * TDS sessions under them. Input: { control(1) length(1) bytes }*; control bit 0 is the side, bit 1
 * a gap of `length` bytes instead. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_target.h"

#include "trace/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ak_dialogue_shared shared;
    static struct ak_dialogue_pool pool;
    struct ak_hash_key key = {1, 2};
    struct ak_conversation seen;
    char text[512];
    if (size == 0 || size > FUZZ_MAX_INPUT)
        return 0;
    if (shared.hellos == NULL) { /* caches only: they do not change what a run does */
        shared.hellos = ak_hello_store_new(key);
        shared.certificates = ak_certificate_store_new(key);
        ak_dialogue_pool_init(&pool);
    }
    memset(&seen, 0, sizeof seen);
    seen.begun_before = data[0] & 1;
    struct ak_dialogue *d = ak_dialogue_new(&pool, &seen, &shared, seen.begun_before);
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(data, size, &parse);
    for (uint64_t frame = 1; d != NULL && r.left >= 2; frame++) {
        uint8_t control = ak_read_u8(&r, "control");
        size_t length = ak_read_u8(&r, "length");
        enum ak_side side = control & 1 ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
        if (control & 2) {
            ak_dialogue_gap(d, side, length + 1);
            continue;
        }
        struct ak_span part = ak_read_span(&r, length < r.left ? length : r.left, "bytes");
        if (part.size != 0)
            ak_dialogue_bytes(d, side, part, frame, (int64_t)frame);
        if (control & 4)
            ak_dialogue_swap(d);
    }
    ak_letters_text(&seen.letters, text, sizeof text);
    ak_dialogue_free(d);
    ak_conversation_release(&seen);
    return 0;
}
