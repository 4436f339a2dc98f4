/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stacks.h"

#include <string.h>

/* generated/stack_tables.c */
extern const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS];
extern const char *const ak_stack_names[AK_STACKS];
extern const char *const ak_way_names[AK_WAYS];
extern const struct ak_stack_default ak_stack_default_rows[];
extern const size_t ak_stack_default_row_count;
extern const struct ak_stack_default ak_gnutls_keyword_rows[];
extern const size_t ak_gnutls_keyword_row_count;

int16_t ak_stack_way(enum ak_stack stack, enum ak_way way)
{
    return ak_stack_way_rows[stack < AK_STACKS ? stack : AK_STACK_OTHER][way];
}

const char *ak_way_name(enum ak_way way)
{
    return ak_way_names[way];
}

const char *ak_stack_name(enum ak_stack stack)
{
    return ak_stack_names[stack < AK_STACKS ? stack : AK_STACK_OTHER];
}

enum ak_stack ak_stack_of(const char *name)
{
    for (int i = 0; i < AK_STACKS; i++)
        if (strcmp(ak_stack_names[i], name) == 0)
            return (enum ak_stack)i;
    return AK_STACK_OTHER;
}

static const struct ak_stack_default *find(const struct ak_stack_default *rows, size_t count,
                                           const char *name, const char *part)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0 && strcmp(rows[i].part, part) == 0)
            return &rows[i];
    return NULL;
}

const struct ak_stack_default *ak_stack_default_find(const char *program, const char *part)
{
    return find(ak_stack_default_rows, ak_stack_default_row_count, program, part);
}

const struct ak_stack_default *ak_gnutls_keyword_find(const char *keyword, const char *part)
{
    return find(ak_gnutls_keyword_rows, ak_gnutls_keyword_row_count, keyword, part);
}

const char *ak_stack_program(size_t at)
{
    for (size_t i = 0; i < ak_stack_default_row_count; i++) {
        const char *name = ak_stack_default_rows[i].name;
        if (i > 0 && strcmp(name, ak_stack_default_rows[i - 1].name) == 0)
            continue;
        if (at-- == 0)
            return name;
    }
    return NULL;
}
