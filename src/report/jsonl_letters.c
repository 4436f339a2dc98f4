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

/* Collisions cost time, not truth, whoever makes them: the entries are compared. */
static struct place *place_of(struct ak_jsonl_letters *memory, const struct ak_letters *letters,
                              size_t size)
{
    static const struct ak_hash_key key = {0, 0};
    _Static_assert(sizeof(struct ak_letter_entry) == 4 && LETTERS <= AK_LETTERS_HEAD, "no gaps");
    return &memory->places[ak_hash_content(key, letters->head, size) % PLACES];
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
    struct place *place = place_of(memory, letters, size);
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
