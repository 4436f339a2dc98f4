/* The archives among the files: their members have names ("case.zip/sql01/ERRORLOG") by which they
 * are opened like files. One archive at a time is kept open. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_ARCHIVES_H
#define AK_INTAKE_ARCHIVES_H

#include "intake/file_list.h"
#include "intake/input.h"

struct ak_archives;

/* NULL when out of memory. */
struct ak_archives *ak_archives_new(void);
/* Accepts NULL. No input of a member may live any longer. */
void ak_archives_free(struct ak_archives *archives);

/* Puts in the place of every zip archive of the list its members, in byte order. What cannot be
 * read is told and left out. Of two members with one name the second is called "name#2", after its
 * place. AK_ERR_MEMORY is the only error. */
enum ak_err ak_archives_unfold(struct ak_archives *archives, struct ak_file_list *list,
                               ak_file_list_problem *problem, void *context);

/* A member by its name, or any other file. As ak_input_open. `archives` may be NULL. */
struct ak_input *ak_archives_open(struct ak_archives *archives, const char *path,
                                  struct ak_error *error);
/* Did reading another member show that its archive is a bomb? Then there is nothing more to say. */
bool ak_archives_refused(const struct ak_archives *archives, const char *path);
/* For tests: so many bytes may come out of each archive, whatever its size. */
void ak_archives_allow(struct ak_archives *archives, uint64_t bytes);

#endif
