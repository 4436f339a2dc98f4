/* A set of changes as the statements of each form, without words and without a file's frame.
 *
 * Text is UTF-8 with "\n"; who makes the file converts it. Local forms (.reg, .cmd, .ps1) hold
 * what policy does not own; policy's forms (LGPO text, Group Policy Preferences) the rest. Names
 * and data come from the evidence: what a form cannot carry safely it does not carry at all.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REMEDY_FIX_FORMS_H
#define AK_REMEDY_FIX_FORMS_H

#include "base/text.h"
#include "remedy/fix_set.h"

enum ak_fix_form {
    AK_FIX_FORM_REG,
    AK_FIX_FORM_CMD,
    AK_FIX_FORM_PS1,
    AK_FIX_FORM_LGPO,
    AK_FIX_FORM_GPP,
    AK_FIX_FORMS
};
/* "reg", "cmd", "ps1", "lgpo.txt", "gpp.xml": how the file's name ends. */
const char *ak_fix_form_ending(enum ak_fix_form form);
/* Is the form policy's? */
bool ak_fix_form_policy(enum ak_fix_form form);

/* Whether every change can be said in this form. A .reg says everything local; a script that
 * cannot must import one instead. GPP and LGPO cannot delete whole keys. */
bool ak_fix_form_can(enum ak_fix_form form, const struct ak_fix_set *set);
/* Appends the statements. Only when the form can. */
void ak_fix_form_write(enum ak_fix_form form, const struct ak_fix_set *set, struct ak_text *out);

/* ---- parts ---- */

/* "HKEY_LOCAL_MACHINE" and the length of "HKLM" in the path. */
const char *ak_fix_root(const char *path, size_t *size);
/* The value as UTF-8 when it is text that ends in one terminator and holds no control character:
 * one string of SZ or EXPAND_SZ, or the strings of a MULTI_SZ with '\n' behind each. */
bool ak_fix_text_of(const struct ak_fix_change *change, struct ak_text *out);
/* The value of a DWORD; false for any other. */
bool ak_fix_number_of(const struct ak_fix_change *change, uint32_t *number);

void ak_fix_reg_write(const struct ak_fix_set *set, struct ak_text *out);
bool ak_fix_cmd_can(const struct ak_fix_change *change);
void ak_fix_cmd_write(const struct ak_fix_change *change, struct ak_text *out);
bool ak_fix_ps1_can(const struct ak_fix_change *change);
void ak_fix_ps1_write(const struct ak_fix_change *change, struct ak_text *out);
bool ak_fix_lgpo_can(const struct ak_fix_change *change);
void ak_fix_lgpo_write(const struct ak_fix_change *change, struct ak_text *out);
bool ak_fix_gpp_can(const struct ak_fix_change *change);
void ak_fix_gpp_write(const struct ak_fix_change *change, struct ak_text *out);

#endif
