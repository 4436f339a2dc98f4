/* What pseudonyms are made from, for the parts of pseudonym.h's implementation alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_PSEUDONYM_KEYS_H
#define AK_REWRITE_PSEUDONYM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

enum { AK_PSEUDONYM_CACHE = 64 };

struct ak_pseudonyms {
    struct ak_hash_key words, numbers, bytes;
    struct {
        bool used;
        uint8_t from[4], to[4];
    } ipv4[AK_PSEUDONYM_CACHE];
    struct {
        bool used;
        uint8_t from[16], to[16];
    } ipv6[AK_PSEUDONYM_CACHE];
};

#endif
