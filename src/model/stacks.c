/* SPDX-License-Identifier: Apache-2.0 */
#include "model/stacks.h"

#include <string.h>

/* generated/stack_tables.c */
extern const int16_t ak_stack_way_rows[AK_STACKS][AK_WAYS];
extern const char *const ak_stack_names[AK_STACKS];

int16_t ak_stack_way(enum ak_stack stack, enum ak_way way)
{
    return ak_stack_way_rows[stack < AK_STACKS ? stack : AK_STACK_OTHER][way];
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
