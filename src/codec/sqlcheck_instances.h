/* What a report of SQLCHECK says of the instances of SQL Server, one after the other. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SQLCHECK_INSTANCES_H
#define AK_CODEC_SQLCHECK_INSTANCES_H

#include "codec/sqlcheck_out.h"

enum { AK_SQLCHECK_NARROW = 64 };

/* Of "Details for SQL Server Instance: NAME (Edition)", as the lines say it. */
struct ak_sqlcheck_instance {
    char name[AK_SQLCHECK_NAME];
    char edition[AK_SQLCHECK_CELL], version[AK_SQLCHECK_CELL], clustered[AK_SQLCHECK_CELL];
    char always_on[AK_SQLCHECK_CELL], certificate[AK_SQLCHECK_CELL];
    char force_encryption[AK_SQLCHECK_CELL], force_strict[AK_SQLCHECK_CELL];
    char hidden[AK_SQLCHECK_CELL], protection[AK_SQLCHECK_CELL], tcp[AK_SQLCHECK_CELL];
    char all_addresses[AK_SQLCHECK_CELL], port[AK_SQLCHECK_CELL], dynamic[AK_SQLCHECK_CELL];
    char path[AK_SQLCHECK_CELL];
};

/* All zero: no instance is open. */
struct ak_sqlcheck_instances {
    char narrow[AK_SQLCHECK_NARROW][AK_SQLCHECK_NAME]; /* names of 32-bit ones */
    size_t narrow_count;
    struct ak_sqlcheck_instance now;
};

/* The table of services, which comes first, calls an instance a 32-bit one. */
void ak_sqlcheck_instances_narrow(struct ak_sqlcheck_instances *instances, const char *name);

/* `title`: "NAME (Edition)". What was open is told. */
void ak_sqlcheck_instances_begin(struct ak_sqlcheck_instances *instances,
                                 struct ak_sqlcheck_out *out, const char *title);
/* Whether an instance is open: then lines are of it. */
bool ak_sqlcheck_instances_open(const struct ak_sqlcheck_instances *instances);
/* One line, "LABEL: text", without the colon. False: nothing that is taken. */
bool ak_sqlcheck_instances_line(struct ak_sqlcheck_instances *instances, const char *label,
                                const char *text);
/* Tells the open instance, if its path says where it stands in the registry. */
void ak_sqlcheck_instances_end(struct ak_sqlcheck_instances *instances,
                               struct ak_sqlcheck_out *out);

#endif
