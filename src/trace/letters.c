/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/letters.h"

#include <string.h>

#include "base/banned.h"

static struct ak_letter_entry *entry_at(struct ak_letters *letters, uint32_t index)
{
    if (index < AK_LETTERS_HEAD)
        return &letters->head[index];
    return &letters->tail[(index - AK_LETTERS_HEAD) % AK_LETTERS_TAIL];
}

void ak_letters_add(struct ak_letters *letters, enum ak_side side, enum ak_letter letter,
                    uint8_t detail)
{
    uint8_t code = (uint8_t)((unsigned)letter | (unsigned)side << 7);
    if (letters->count != 0) {
        struct ak_letter_entry *last = entry_at(letters, letters->count - 1);
        if (last->letter == code && last->detail == detail) {
            if (last->repeats < UINT16_MAX)
                last->repeats++;
            return;
        }
    }
    struct ak_letter_entry *entry = entry_at(letters, letters->count++);
    entry->letter = code;
    entry->detail = detail;
    entry->repeats = 1;
}

enum ak_letter ak_letters_last(const struct ak_letters *letters, enum ak_side *side)
{
    if (letters->count == 0)
        return AK_LETTERS;
    uint32_t index = letters->count - 1;
    uint8_t code = index < AK_LETTERS_HEAD
                       ? letters->head[index].letter
                       : letters->tail[(index - AK_LETTERS_HEAD) % AK_LETTERS_TAIL].letter;
    *side = code & 0x80 ? AK_SIDE_SERVER : AK_SIDE_CLIENT;
    return (enum ak_letter)(code & 0x7f);
}

void ak_letters_swap(struct ak_letters *letters)
{
    for (size_t i = 0; i < AK_LETTERS_HEAD; i++)
        letters->head[i].letter ^= 0x80;
    for (size_t i = 0; i < AK_LETTERS_TAIL; i++)
        letters->tail[i].letter ^= 0x80;
}

struct writer {
    char *at;
    size_t left;
};

static void put(struct writer *w, const char *word, size_t size)
{
    memcpy(w->at, word, size);
    w->at += size;
    w->left -= size;
}

static size_t put_decimal(char *out, unsigned value)
{
    char digits[6];
    size_t n = 0, size;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size = 0; n > 0;)
        out[size++] = digits[--n];
    return size;
}

static void put_entry(struct writer *w, const struct ak_letter_entry *entry, bool first)
{
    static const char *const names[AK_LETTERS] = {"S",  "SA", "A",  "PL", "PR", "CH", "HRR", "SH",
                                                  "CE", "SK", "CR", "SD", "CK", "CC", "EF",  "AP",
                                                  "AL", "EA", "L7", "RE", "F",  "R",  "KA"};
    char word[24];
    size_t n = 0;
    if (!first)
        word[n++] = ' ';
    word[n++] = entry->letter & 0x80 ? '<' : '>';
    const char *name = names[entry->letter & 0x7f];
    size_t size = strlen(name);
    memcpy(word + n, name, size);
    n += size;
    if ((entry->letter & 0x7f) == AK_LETTER_AL) {
        word[n++] = '(';
        n += put_decimal(word + n, entry->detail);
        word[n++] = ')';
    }
    if (entry->repeats > 1) {
        word[n++] = '*';
        n += put_decimal(word + n, entry->repeats);
    }
    if (n < w->left)
        put(w, word, n);
}

void ak_letters_text(const struct ak_letters *letters, char *out, size_t room)
{
    struct writer w = {out, room};
    uint32_t head = letters->count < AK_LETTERS_HEAD ? letters->count : AK_LETTERS_HEAD;
    for (uint32_t i = 0; i < head; i++)
        put_entry(&w, &letters->head[i], i == 0);
    uint32_t rest = letters->count - head;
    uint32_t kept = rest < AK_LETTERS_TAIL ? rest : AK_LETTERS_TAIL;
    if (rest > kept && w.left > 4)
        put(&w, " ...", 4);
    for (uint32_t i = rest - kept; i < rest; i++)
        put_entry(&w, &letters->tail[i % AK_LETTERS_TAIL], false);
    *w.at = '\0';
}
