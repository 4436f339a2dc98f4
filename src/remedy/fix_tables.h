/* The generated rows behind remedy/fix_rows.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_TABLES_H
#define AK_REMEDY_FIX_TABLES_H

#include "diagnose/rule.h"
#include "model/windows.h"
#include "remedy/fix_rows.h"

extern const struct ak_fix_about ak_fix_abouts[]; /* in the order of the file */
extern const size_t ak_fix_about_count;

#endif
