/* What a report of SQLCHECK tells, as keys and values of a registry, in a form as of an export. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SQLCHECK_OUT_H
#define AK_CODEC_SQLCHECK_OUT_H

#include "base/text.h"
#include "codec/reg_text.h"

#define AK_SQLCHECK_SOFTWARE "HKEY_LOCAL_MACHINE\\SOFTWARE\\"
#define AK_SQLCHECK_CONTROL "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\"

enum { AK_SQLCHECK_CELL = 256, AK_SQLCHECK_NAME = 64 }; /* of one text, of a name; with its NUL */

struct ak_sqlcheck_out {
    bool (*each)(void *context, const struct ak_reg_text_item *item);
    void *context;
    bool stopped;  /* `each` wants no more: nothing is told from then on */
    uint64_t line; /* where the report is */
    struct ak_text data;
};

void ak_sqlcheck_out_init(struct ak_sqlcheck_out *out,
                          bool (*each)(void *context, const struct ak_reg_text_item *item),
                          void *context);
void ak_sqlcheck_out_release(struct ak_sqlcheck_out *out);

/* Values are those of the key that was told last. */
void ak_sqlcheck_put_key(struct ak_sqlcheck_out *out, const char *path);
void ak_sqlcheck_put_number(struct ak_sqlcheck_out *out, const char *name, uint32_t n);
void ak_sqlcheck_put_text(struct ak_sqlcheck_out *out, const char *name, const char *text);
/* A MULTI_SZ; each string in UTF-8 with its NUL. */
void ak_sqlcheck_put_strings(struct ak_sqlcheck_out *out, const char *name, struct ak_span strings);
/* "True" and "False" as 1 and 0; anything else tells nothing. */
void ak_sqlcheck_put_truth(struct ak_sqlcheck_out *out, const char *name, const char *word);
void ak_sqlcheck_put_bad(struct ak_sqlcheck_out *out, const char *why);

#endif
