/* Functions that this project forbids: including this header turns each use into an error. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_BANNED_H
#define AK_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__GNUC__) && !defined(__cplusplus)
#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol atoll sscanf
#pragma GCC poison gmtime localtime gets
#endif

#endif
