/* The tables behind model/profiles.h, as tools/gen_profiles.py writes them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_PROFILE_TABLES_H
#define AK_MODEL_PROFILE_TABLES_H

#include "model/profiles.h"
#include "model/windows_tables.h"

extern const struct ak_client_profile ak_client_profile_rows[];
extern const size_t ak_client_profile_row_count;
extern const struct ak_profile ak_profile_rows[];
extern const size_t ak_profile_row_count;

#endif
