/* Many readings by the library in one process: for scripts that read thousands of small captures,
 * where starting a program is most of the work; golden.cases compares them with the program's.
 *
 * usage: read_many
 * One line of standard input names the files of one reading, with tabs between them; its lines of
 * JSON follow on standard output, then an empty line.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "akushu/akushu.h"

enum { LINE = 16 * 1024, PATHS = 64 };

static void on_line(void *context, const char *json, size_t size)
{
    (void)context;
    (void)fwrite(json, 1, size, stdout);
}

static size_t paths_of(char *line, char **paths)
{
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *path = line; path != NULL && count < PATHS;) {
        paths[count++] = path;
        path = strchr(path, '\t');
        if (path != NULL)
            *path++ = '\0';
    }
    return count;
}

static void read_one(char **paths, size_t count)
{
    struct ak_reading_options options = {.line = on_line};
    struct ak_reading *reading = ak_reading_new(&options);
    if (reading == NULL || ak_reading_paths(reading, paths, count) != 0 ||
        ak_reading_finish(reading) < 0)
        abort();
    ak_reading_free(reading);
}

int main(void)
{
    char line[LINE], *paths[PATHS];
    while (fgets(line, sizeof line, stdin) != NULL) {
        read_one(paths, paths_of(line, paths));
        (void)putchar('\n');
        (void)fflush(stdout);
    }
    return 0;
}
