/* The tables in a report of SQLCHECK: dashes tell the columns, rows become keys and values. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SQLCHECK_TABLE_H
#define AK_CODEC_SQLCHECK_TABLE_H

#include "codec/sqlcheck_instances.h"
#include "codec/sqlcheck_out.h"

enum { AK_SQLCHECK_COLUMNS = 16, AK_SQLCHECK_COLUMN_NAME = 32 };

enum ak_sqlcheck_table_kind {
    AK_SQLCHECK_TABLE_OTHER, /* tells nothing that stands in the registry */
    AK_SQLCHECK_TABLE_TLS,
    AK_SQLCHECK_TABLE_SUITES,
    AK_SQLCHECK_TABLE_DRIVERS,
    AK_SQLCHECK_TABLE_INSTANCES
};

struct ak_sqlcheck_table {
    bool open;
    enum ak_sqlcheck_table_kind kind;
    size_t from[AK_SQLCHECK_COLUMNS], to[AK_SQLCHECK_COLUMNS], columns;
    char name[AK_SQLCHECK_COLUMNS][AK_SQLCHECK_COLUMN_NAME]; /* of the columns */
    struct ak_text local, policy; /* lists of suites, each name with a NUL */
};

void ak_sqlcheck_table_init(struct ak_sqlcheck_table *t);
void ak_sqlcheck_table_release(struct ak_sqlcheck_table *t);

/* Rows are ASCII, without blanks at their ends. Whether one has dashes and blanks alone. */
bool ak_sqlcheck_is_dashes(const char *row);
/* `row` is one of dashes, `above` names the columns. */
void ak_sqlcheck_table_begin(struct ak_sqlcheck_table *t, const char *row, const char *above);
void ak_sqlcheck_table_row(struct ak_sqlcheck_table *t, const char *row,
                           struct ak_sqlcheck_out *out, struct ak_sqlcheck_instances *instances);
/* Tells what only a whole table can: the lists of suites. Nothing if none is open. */
void ak_sqlcheck_table_end(struct ak_sqlcheck_table *t, struct ak_sqlcheck_out *out);

#endif
