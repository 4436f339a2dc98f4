/* The tables that tools/gen_collect.py makes for collect_script.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_COLLECT_TABLES_H
#define AK_REPORT_COLLECT_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* What is taken of a key; the order is that of tools/gen_collect.py. */
enum ak_collect_take {
    AK_COLLECT_TREE,      /* the key and all below it, as an export */
    AK_COLLECT_VALUES,    /* values that are named */
    AK_COLLECT_BELOW,     /* the same of every key below */
    AK_COLLECT_LIST,      /* its values, and the names of the keys below */
    AK_COLLECT_NAMES,     /* the names of the keys below */
    AK_COLLECT_KEY,       /* whether it is there */
    AK_COLLECT_LIKE,      /* names of keys that begin so ("...\name*") */
    AK_COLLECT_CHILDREN,  /* values of those keys below whose `where` holds: "VALUE~WORD" */
    AK_COLLECT_AGENTS,    /* rows of data/agents.csv: none in the table */
    AK_COLLECT_PARAMETERS /* SQL Server's start parameters: where ERRORLOG lies */
};

enum ak_collect_role { AK_COLLECT_BOTH, AK_COLLECT_CLIENT, AK_COLLECT_SERVER };

struct ak_collect_key {
    const char *id;
    uint8_t take;
    const char *path;   /* HKLM\... ; "\*\" stands for the id of each instance of SQL Server */
    const char *values; /* "A|B" */
    const char *where;
    uint8_t role;
};

extern const struct ak_collect_key ak_collect_key_rows[];
extern const size_t ak_collect_key_count;
extern const char ak_collect_powershell[], ak_collect_cmd[], ak_collect_sql[];

#endif
