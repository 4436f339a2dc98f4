/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_letters.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

#include "base/banned.h"

#define MEMBER ",\"letters\":\""

/* Where letters are more, or their text is longer, it is made anew. */
enum { PLACES = 256, LETTERS = 32, TEXT = 192 };

struct place {
    uint32_t count; /* of entries; 0: unused */
    uint32_t size;  /* of the text */
    struct ak_letter_entry entries[LETTERS];
    char text[TEXT];
};

struct ak_jsonl_letters {
    struct place places[PLACES];
};

struct ak_jsonl_letters *ak_jsonl_letters_new(void)
{
    return ak_alloc(1, sizeof(struct ak_jsonl_letters));
}

void ak_jsonl_letters_free(struct ak_jsonl_letters *memory)
{
    ak_free(memory);
}

static size_t make(const struct ak_letters *letters, char text[sizeof MEMBER + AK_LETTERS_TEXT])
{
    memcpy(text, MEMBER, sizeof MEMBER - 1);
    size_t size = sizeof MEMBER - 1;
    size += ak_letters_text(letters, text + size, AK_LETTERS_TEXT);
    text[size++] = '"';
    return size;
}

/* Collisions cost time, not truth: the entries are compared. */
static struct place *place_of(struct ak_jsonl_letters *memory, const struct ak_letters *letters)
{
    enum { AT_ONCE = 4 };
    _Static_assert(sizeof(struct ak_letter_entry) == 4 && LETTERS <= AK_LETTERS_HEAD, "no gaps");
    _Static_assert(PLACES == 256, "eight bits of the hash");
    const size_t count = letters->count;
    uint64_t mix = count, words[2];
    size_t i = 0;
    for (; i + AT_ONCE <= count; i += AT_ONCE) {
        memcpy(words, letters->head + i, sizeof words);
        mix = ak_hash_fold(words[0] ^ UINT64_C(0x9e3779b97f4a7c15),
                           words[1] ^ mix ^ UINT64_C(0xd1b54a32d192ed03));
    }
    for (; i < count; i++) {
        uint32_t entry;
        memcpy(&entry, letters->head + i, sizeof entry);
        mix = ak_hash_mix(mix, entry);
    }
    return &memory->places[mix >> 56]; /* the best bits of a product */
}

void ak_jsonl_letters(struct ak_jsonl_letters *memory, const struct ak_letters *letters,
                      struct ak_text *out)
{
    char text[sizeof MEMBER + AK_LETTERS_TEXT];
    if (!AK_MEMO || letters->count == 0 || letters->count > LETTERS) {
        ak_text_bytes(out, text, make(letters, text));
        return;
    }
    const size_t size = letters->count * sizeof letters->head[0];
    struct place *place = place_of(memory, letters);
    if (AK_UNLIKELY(place->count != letters->count ||
                    memcmp(place->entries, letters->head, size) != 0)) {
        size_t made = make(letters, text);
        if (made > TEXT) {
            ak_text_bytes(out, text, made);
            return;
        }
        place->count = letters->count;
        place->size = (uint32_t)made;
        memcpy(place->entries, letters->head, size);
        memcpy(place->text, text, made);
    }
    ak_text_bytes(out, place->text, place->size);
}
