/* Replays the transaction logs of a hive (.LOG, .LOG1, .LOG2) in memory, as Windows does when it
 * loads a hive that was not closed.
 *
 * Follows M. Suhanov, "Windows registry file format specification". Old logs (Windows XP to 8)
 * hold a bitmap of dirty pages ("DIRT"); new ones (8.1 and later) entries in sequence ("HvLE"),
 * each with two Marvin32 hashes.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_REGF_LOG_H
#define AK_CODEC_REGF_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"

struct ak_regf_replay {
    bool dirty;     /* the hive's header asks for its logs */
    uint8_t *image; /* the hive with its logs; NULL: nothing was applied. Free with ak_free */
    size_t size;
    uint32_t entries; /* applied: entries of new logs, 1 for an old one */
    uint32_t pages;   /* applied: of any size in new logs, of 512 bytes in old ones */
};

/* A clean hive is left alone whatever its logs hold. A log that is stale, of another hive or
 * damaged from the start on is not applied; one that breaks off is applied up to there. The logs
 * may come in any order. AK_ERR_MEMORY; AK_ERR_NONE for anything else, also for what is no hive. */
enum ak_err ak_regf_log_replay(struct ak_span hive, const struct ak_span *logs, size_t count,
                               struct ak_regf_replay *replay, struct ak_error *error);

/* The same, but the image is made of the hive's own bytes (from ak_alloc) instead of a copy: *hive
 * is NULL when it was. */
enum ak_err ak_regf_log_replay_take(uint8_t **hive, size_t size, const struct ak_span *logs,
                                    size_t count, struct ak_regf_replay *replay,
                                    struct ak_error *error);

/* Marvin32 with the seed of the logs. */
uint64_t ak_regf_log_hash(struct ak_span bytes);

#endif
