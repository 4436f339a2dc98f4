/* The tables behind model/windows.h, as tools/gen_windows.py writes them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_WINDOWS_TABLES_H
#define AK_MODEL_WINDOWS_TABLES_H

#include "model/programs.h"
#include "model/windows.h"

extern const struct ak_windows ak_windows_rows[];
extern const size_t ak_windows_row_count;
extern const struct ak_windows_release ak_windows_release_rows[];
extern const size_t ak_windows_release_row_count;
extern const struct ak_schannel_algorithm ak_schannel_algorithm_rows[];
extern const size_t ak_schannel_algorithm_row_count;
extern const struct ak_dotnet_release ak_dotnet_release_rows[];
extern const size_t ak_dotnet_release_row_count;
extern const struct ak_dotnet_rule ak_dotnet_rule_rows[];
extern const size_t ak_dotnet_rule_row_count;
extern const struct ak_agent ak_agent_rows[];
extern const size_t ak_agent_row_count;
extern const struct ak_tls_program ak_tls_program_rows[];
extern const size_t ak_tls_program_row_count;
extern const struct ak_sql_driver ak_sql_driver_rows[];
extern const size_t ak_sql_driver_row_count;

#endif
