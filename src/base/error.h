/* Operational errors: a code to act on and a text to show. Parse verdicts are not errors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_ERROR_H
#define AK_BASE_ERROR_H

#include <stdint.h>

#include "base/attr.h"

enum ak_err {
    AK_ERR_NONE,
    AK_ERR_MEMORY,      /* out of memory; the object stays releasable */
    AK_ERR_OPEN,        /* a file or directory could not be opened */
    AK_ERR_READ,        /* an opened input could not be read on */
    AK_ERR_WRITE,       /* an output could not be written */
    AK_ERR_FORMAT,      /* the input is not, or stops being, what its first bytes said */
    AK_ERR_UNSUPPORTED, /* understood, but not something this build can read */
    AK_ERR_USAGE        /* the caller asked for something impossible */
};

/* Filled by the function that fails; the caller owns it and may reuse it. */
struct ak_error {
    enum ak_err code;
    int system;      /* errno, or 0 */
    uint64_t offset; /* where in the input, when it matters */
    char text[240];  /* one English sentence without the file's name */
};

/* Stores code and text and returns code. `error` may be NULL. */
enum ak_err ak_error_set(struct ak_error *error, enum ak_err code, const char *format, ...)
    AK_PRINTF(3, 4);
/* The same with errno's text appended. */
enum ak_err ak_error_system(struct ak_error *error, enum ak_err code, int number, const char *what);

#endif
