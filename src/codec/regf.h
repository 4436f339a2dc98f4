/* Registry hives (REGF, formats 1.1 to 1.6): the header, keys, lists of subkeys, values, data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_REGF_H
#define AK_CODEC_REGF_H

/* Follows M. Suhanov, "Windows registry file format specification". Reads what can be read: a cell
 * that is out of place, cut, free or of another kind is left out and noted in `damage`. Offsets are
 * those of the format (from the first bin on, byte 4096 of the file); damage is told in bytes of
 * the file. Nothing is allocated; spans borrow the image. Work is bounded by the image's size,
 * however lists point: see `budget`.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/reader.h"

enum {
    AK_REGF_HEADER = 4096,     /* of the base block; the bins follow */
    AK_REGF_BASE = 512,        /* what its checksum covers, and what logs begin with */
    AK_REGF_KEY_ROOT = 0x04,   /* flags of a key */
    AK_REGF_KEY_PREDEF = 0x40, /* value count and list hold something else (XP's Perflib) */
    AK_REGF_LIST_LEVELS = 4    /* lists of lists; Windows writes two */
};

/* Marks a text that says what is wrong, for translation; those that are arguments of
 * ak_regf_damaged need no mark. */
#define AK_REGF_WHY(text) (text)

struct ak_regf_damage {
    uint32_t count;
    uint64_t first;  /* byte of the file where the first one stands */
    const char *why; /* static text about the first one */
};

/* The base block, of hives and of logs. */
struct ak_regf_base {
    uint32_t primary, secondary; /* sequence numbers: equal when the last write was finished */
    uint64_t file_time;          /* of the last write, as stored */
    uint32_t major, minor, type; /* type 0: hive; 1, 2: old log; 6: new log */
    uint32_t root, bins;         /* root key; size of the bins */
    struct ak_span file_name;    /* UTF-16LE, the end of a path; for people */
    struct ak_span id;           /* GUID of the hive (Vista and later; else zeros) */
    bool checksum_good;
};

struct ak_regf {
    struct ak_span image, bins; /* the whole file; what it holds of the bins */
    struct ak_regf_base base;   /* zeroed when the signature is missing */
    bool base_good;             /* signature and checksum */
    uint32_t root;              /* the root key, also when the base block was no help */
    uint64_t budget;            /* elements of lists that may still be followed */
    struct ak_regf_damage damage;
};

struct ak_regf_key {
    uint32_t offset, parent;
    uint16_t flags;
    int64_t written; /* nanoseconds since 1970; 0: not told */
    uint32_t subkeys, subkey_list, values, value_list;
    struct ak_span name;
    bool latin; /* the name is Latin-1, not UTF-16LE */
};

struct ak_regf_value {
    uint32_t offset;
    struct ak_span name; /* empty: the default value */
    bool latin;
    uint32_t type;
    uint32_t size; /* as promised */
    bool resident; /* data are in the value itself */
    uint32_t data; /* offset of the cell with data; meaningless when resident */
    struct ak_span inner;
};

/* 100 ns since 1601 to ns since 1970; 0 for 0 and for what does not fit. */
int64_t ak_regf_time(uint64_t file_time);

/* PARSED: signature and numbers were there (the checksum may still be wrong). UNKNOWN: another
 * signature. SHORT: fewer than 512 bytes. */
enum ak_verdict ak_regf_base_parse(struct ak_span file, struct ak_regf_base *base,
                                   struct ak_parse *parse);

/* Finds bins and root. Without a good base block the bins decide, and without a root at its place
 * they are searched for one. UNKNOWN: neither a base block nor a bin. SHORT or BAD: no root key
 * could be read; `damage` says what was wrong besides. */
enum ak_verdict ak_regf_open(struct ak_regf *hive, struct ak_span image, struct ak_parse *parse);

/* The sequence numbers differ or the checksum is wrong: the last writes are only in the logs. */
bool ak_regf_dirty(const struct ak_regf *hive);

/* Notes a damage at an offset of the bins. */
void ak_regf_damaged(struct ak_regf *hive, uint32_t offset, const char *why);

/* False after noting why: no key there. */
AK_MUST_USE bool ak_regf_key_parse(struct ak_regf *hive, uint32_t offset, struct ak_regf_key *key);

/* The keys below a key, one offset each, in the order of the hive. */
struct ak_regf_subkeys {
    struct ak_regf *hive;
    struct {
        struct ak_reader left;
        bool of_lists;
        size_t skip; /* bytes of a hash behind each offset */
    } level[AK_REGF_LIST_LEVELS];
    struct ak_parse parse[AK_REGF_LIST_LEVELS];
    size_t levels;
    uint32_t offset; /* of the list of the highest level */
    uint32_t told, seen;
};
void ak_regf_subkeys_begin(struct ak_regf_subkeys *list, struct ak_regf *hive,
                           const struct ak_regf_key *key);
/* How many are known to follow; more may, in lists of lists. Never more than the budget. */
size_t ak_regf_subkeys_known(const struct ak_regf_subkeys *list);
AK_MUST_USE bool ak_regf_subkeys_next(struct ak_regf_subkeys *list, uint32_t *offset);

/* The offsets of a key's values: a span of 32-bit numbers. */
struct ak_span ak_regf_value_list(struct ak_regf *hive, const struct ak_regf_key *key);
/* False after noting why: no value there. */
AK_MUST_USE bool ak_regf_value_parse(struct ak_regf *hive, uint32_t offset,
                                     struct ak_regf_value *value);

/* The data of a value where they lie in one piece, else {NULL, n}: in n bytes of segments, which
 * ak_regf_data_copy puts together. Fewer bytes than `value->size`: the rest is lost, and noted. */
struct ak_span ak_regf_data(struct ak_regf *hive, const struct ak_regf_value *value);
/* Writes at most `room` bytes of segments; the number that ak_regf_data told, or fewer. */
size_t ak_regf_data_copy(const struct ak_regf *hive, const struct ak_regf_value *value,
                         uint8_t *out, size_t room);

#endif
