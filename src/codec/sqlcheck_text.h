/* Reports of Microsoft's SQLCHECK: the values of the registry that it read, told as an export's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SQLCHECK_TEXT_H
#define AK_CODEC_SQLCHECK_TEXT_H

/* Follows the two sample reports of the tool (1.0.1055, 1.0.1160) and its source of February 2025
 * (github.com/microsoft/CSS_SQL_Networking_Tools, SQLCheck: TextReport.cs, ReportFormatter.cs,
 * Collectors.cs). Taken are: computer name, Windows (name, build, revision), Enabled and
 * DisabledByDefault of every protocol and role in both forms of the table, both lists of cipher
 * suites, SchUseStrongCrypto, the names of SQL Server's drivers, and of each instance version,
 * patch level, edition, certificate, encryption, ports, cluster, availability groups.
 *
 * Not taken, because the text does not tell what stands in the registry: the tool's own verdicts
 * (defaults, effective values), versions of .NET (without the Release number) and of drivers (of
 * their files), extended protection above "Off", certificates (without their bytes).
 */

#include "codec/reg_text.h"

/* Whether a file, of which this is the beginning, calls itself such a report. */
bool ak_sqlcheck_text_is(struct ak_span bytes);

/* Calls for keys and values as ak_reg_text_read does. A report that ends early is told as BAD at
 * its end. AK_ERR_FORMAT: no such report; AK_ERR_MEMORY. */
enum ak_err ak_sqlcheck_text_read(struct ak_span bytes,
                                  bool (*each)(void *context, const struct ak_reg_text_item *item),
                                  void *context, struct ak_error *error);

#endif
