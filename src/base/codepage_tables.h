/* What tools/gen_codepages.py generates: code pages, and the upper case of names in the registry.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_CODEPAGE_TABLES_H
#define AK_BASE_CODEPAGE_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* Code units; 0 means none (but for byte 0 itself). */
extern const uint16_t ak_codepage_1252[256];
extern const uint16_t ak_codepage_932_single[256]; /* 0 for lead bytes too */
/* By lead byte (81..9F, E0..FC) and trail byte (40..FC). */
enum { AK_CODEPAGE_932_LEADS = 60, AK_CODEPAGE_932_TRAILS = 0xfd - 0x40 };
extern const uint16_t ak_codepage_932_double[AK_CODEPAGE_932_LEADS * AK_CODEPAGE_932_TRAILS];

/* Characters first, first + step ... last become upper case by adding `add` (modulo 65,536). */
struct ak_upcase_run {
    uint16_t first, last, step, add;
};
extern const struct ak_upcase_run ak_upcase_runs[];
extern const size_t ak_upcase_run_count;

#endif
