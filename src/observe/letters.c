/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/letters.h"

#include <string.h>

#include "base/attr.h"

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

void ak_letters_trim(struct ak_letters *letters)
{
    size_t head = letters->count < AK_LETTERS_HEAD ? letters->count : AK_LETTERS_HEAD,
           rest = letters->count - head, tail = rest < AK_LETTERS_TAIL ? rest : AK_LETTERS_TAIL;
    memset(letters->head + head, 0, (AK_LETTERS_HEAD - head) * sizeof *letters->head);
    memset(letters->tail + tail, 0, (AK_LETTERS_TAIL - tail) * sizeof *letters->tail);
}

void ak_letters_swap(struct ak_letters *letters)
{
    for (size_t i = 0; i < AK_LETTERS_HEAD; i++)
        letters->head[i].letter ^= 0x80;
    for (size_t i = 0; i < AK_LETTERS_TAIL; i++)
        letters->tail[i].letter ^= 0x80;
}

/* A letter with its side, and a blank in front; its place is what an entry keeps. */
struct word {
    char text[7];
    uint8_t size; /* 0: more is to be said of it */
};

enum { SERVER = 0x80 };
#define BOTH(name)                                                                                 \
    [AK_LETTER_##name] = {" >" #name, sizeof #name + 1},                                           \
    [AK_LETTER_##name | SERVER] = {" <" #name, sizeof #name + 1}
static const struct word words[SERVER + AK_LETTERS] = {
    BOTH(S),
    BOTH(SA),
    BOTH(A),
    BOTH(PL),
    BOTH(PR),
    BOTH(CH),
    BOTH(HRR),
    BOTH(SH),
    BOTH(CE),
    BOTH(SK),
    BOTH(CR),
    BOTH(SD),
    BOTH(CK),
    BOTH(CC),
    BOTH(EF),
    BOTH(AP),
    [AK_LETTER_AL] = {" >AL", 0},
    [AK_LETTER_AL | SERVER] = {" <AL", 0},
    BOTH(EA),
    BOTH(L7),
    BOTH(RE),
    BOTH(F),
    BOTH(R),
    BOTH(KA),
};
#undef BOTH

struct writer {
    char *at, *end;
};

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

/* With "(7)" behind an alert's letter and "*3" behind what was repeated. */
static void put_detailed(struct writer *w, const struct word *word,
                         const struct ak_letter_entry *entry)
{
    char text[24];
    size_t n = strlen(word->text);
    memcpy(text, word->text, sizeof word->text);
    if (word->size == 0) {
        text[n++] = '(';
        n += put_decimal(text + n, entry->detail);
        text[n++] = ')';
    }
    if (entry->repeats > 1) {
        text[n++] = '*';
        n += put_decimal(text + n, entry->repeats);
    }
    if (n >= (size_t)(w->end - w->at))
        return;
    memcpy(w->at, text, n);
    w->at += n;
}

static inline void put_entry(struct writer *w, const struct ak_letter_entry *entry)
{
    const struct word *word = &words[entry->letter];
    if (AK_UNLIKELY(entry->repeats > 9 || word->size == 0 ||
                    (size_t)(w->end - w->at) <= sizeof *word + 2)) {
        put_detailed(w, word, entry);
        return;
    }
    memcpy(w->at, word, sizeof *word); /* more than the word: it is overwritten */
    w->at += word->size;
    if (entry->repeats > 1) {
        *w->at++ = '*';
        *w->at++ = (char)('0' + entry->repeats);
    }
}

size_t ak_letters_text(const struct ak_letters *letters, char *out, size_t room)
{
    /* Each word has its blank in front; the first one's falls off. */
    char text[AK_LETTERS_TEXT + 1];
    struct writer w = {text, text + (room < AK_LETTERS_TEXT ? room + 1 : sizeof text)};
    uint32_t head = letters->count < AK_LETTERS_HEAD ? letters->count : AK_LETTERS_HEAD;
    for (uint32_t i = 0; i < head; i++)
        put_entry(&w, &letters->head[i]);
    uint32_t rest = letters->count - head;
    uint32_t kept = rest < AK_LETTERS_TAIL ? rest : AK_LETTERS_TAIL;
    if (rest > kept && w.end - w.at > 4) {
        memcpy(w.at, " ...", 4);
        w.at += 4;
    }
    for (uint32_t i = rest - kept; i < rest; i++)
        put_entry(&w, &letters->tail[i % AK_LETTERS_TAIL]);
    size_t size = w.at == text ? 0 : (size_t)(w.at - text) - 1;
    memcpy(out, text + 1, size);
    out[size] = '\0';
    return size;
}
