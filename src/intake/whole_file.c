/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/whole_file.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "os/file.h"

#include "base/banned.h"

/* What is yet to come, as far as the file's own size tells: a packed one holds more. */
static size_t room_for(const struct ak_input *input, size_t begun, size_t maximum)
{
    uint64_t done, total;
    ak_input_progress(input, &done, &total);
    uint64_t rest = total > done ? total - done : 0;
    return begun + (rest < maximum ? (size_t)rest : maximum) + AK_READ_BLOCK;
}

enum ak_err ak_whole_file_rest(struct ak_input *input, const uint8_t *begin, size_t begun,
                               size_t maximum, uint8_t **bytes, size_t *size,
                               struct ak_error *error)
{
    size_t room = room_for(input, begun, maximum), got = 1;
    uint8_t *all = ak_alloc(room, 1);
    enum ak_err err = AK_ERR_NONE;
    *bytes = NULL;
    *size = 0;
    if (all == NULL)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    if (begun != 0)
        memcpy(all, begin, begun);
    *size = begun;
    while (err == AK_ERR_NONE && got != 0) {
        if (room - *size < AK_READ_BLOCK) {
            uint8_t *grown = ak_realloc(all, room * 2, 1);
            if (grown == NULL) {
                ak_free(all);
                return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
            }
            all = grown;
            room *= 2;
        }
        err = ak_input_read(input, all + *size, room - *size, &got, error);
        *size += got;
        if (*size > maximum) {
            ak_free(all);
            return ak_error_set(error, AK_ERR_UNSUPPORTED, "longer than %zu MiB",
                                maximum / (1024 * 1024));
        }
    }
    *bytes = all;
    return err;
}

static enum ak_err whole(struct ak_archives *archives, const char *path, size_t maximum,
                         uint8_t **bytes, size_t *size, struct ak_error *error)
{
    struct ak_input *input = ak_archives_open(archives, path, error);
    *bytes = NULL;
    *size = 0;
    if (input == NULL)
        return error->code;
    enum ak_err err = ak_whole_file_rest(input, NULL, 0, maximum, bytes, size, error);
    ak_input_close(input);
    return err;
}

enum ak_err ak_whole_file(const char *path, size_t maximum, uint8_t **bytes, size_t *size,
                          struct ak_error *error)
{
    return whole(NULL, path, maximum, bytes, size, error);
}

struct ak_span ak_whole_file_beside(struct ak_archives *archives, const char *path,
                                    const char *ending, const char *other_ending, size_t maximum,
                                    uint8_t **owned)
{
    struct ak_span none = {NULL, 0};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t n = strlen(path), size = 0;
    char *name = ak_alloc(n + strlen(ending) + strlen(other_ending) + 1, 1);
    *owned = NULL;
    if (name == NULL)
        return none;
    memcpy(name, path, n);
    memcpy(name + n, ending, strlen(ending) + 1);
    enum ak_err err = whole(archives, name, maximum, owned, &size, &error);
    if (err != AK_ERR_NONE) {
        ak_free(*owned);
        memcpy(name + n, other_ending, strlen(other_ending) + 1);
        err = whole(archives, name, maximum, owned, &size, &error);
    }
    ak_free(name);
    if (err != AK_ERR_NONE) {
        ak_free(*owned);
        *owned = NULL;
        return none;
    }
    struct ak_span span = {*owned, size};
    return span;
}
