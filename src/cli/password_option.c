/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password_option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cli/message.h"
#include "os/file.h"

#include "base/banned.h"

static bool refuse(const char *what, const char *why, char *out, size_t room)
{
    OPENSSL_cleanse(out, room);
    ak_complain("%s: %s", what, why);
    return false;
}

static bool too_long(const char *what, char *out, size_t room)
{
    char why[80];
    (void)snprintf(why, sizeof why, "the password is longer than %zu bytes", room - 1);
    return refuse(what, why, out, room);
}

/* As much of the file as there is room for. */
static enum ak_err read_file(const char *path, char *out, size_t room, size_t *size,
                             struct ak_error *error)
{
    struct ak_file file;
    size_t part = 1;
    enum ak_err err = ak_file_open(&file, path, error);
    *size = 0;
    if (err != AK_ERR_NONE)
        return err;
    while (err == AK_ERR_NONE && part != 0 && *size < room) {
        err = ak_file_read(&file, out + *size, room - *size, &part, error);
        *size += err == AK_ERR_NONE ? part : 0;
    }
    (void)ak_file_close(&file, NULL);
    return err;
}

bool ak_password_of_file(const char *path, char *out, size_t room)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t size, line = 0;
    if (read_file(path, out, room, &size, &error) != AK_ERR_NONE)
        return refuse(path, error.text, out, room);
    size_t from = size >= 3 && memcmp(out, mark, 3) == 0 ? 3 : 0;
    size -= from;
    memmove(out, out + from, size);
    while (line < size && out[line] != '\r' && out[line] != '\n')
        line++;
    if (memchr(out, '\0', line) != NULL)
        return refuse(path, "the password is not a text in UTF-8; save the file as UTF-8", out,
                      room);
    if (line == size && size + from == room)
        return too_long(path, out, room);
    memset(out + line, 0, room - line);
    return true;
}

bool ak_password_of_environment(const char *name, char *out, size_t room)
{
    const char *value = getenv(name);
    if (value == NULL)
        return refuse(name, "this environment variable is not set", out, room);
    if (strlen(value) >= room)
        return too_long(name, out, room);
    memcpy(out, value, strlen(value) + 1);
    return true;
}
