/* Folders of evidence through the whole library with the n-th allocation failing, for each n in
 * turn: nothing may crash or leak (the sanitizers say so), and every finding has a line.
 *
 * usage: torture_case FOLDER...
 * A run without failure counts the requests of a folder; of more than 600 every k-th one fails.
 * Needs a build with AK_TORTURE; without it the status is 77.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "akushu/akushu.h"
#include "base/alloc.h"

enum { MOST = 600 };

static void count_line(void *context, const char *line, size_t size)
{
    static const char kind[] = "{\"akushu\":{\"kind\":\"finding\"";
    unsigned *findings = context;
    if (size >= sizeof kind - 1 && memcmp(line, kind, sizeof kind - 1) == 0)
        (*findings)++;
}

/* Findings told; -1: the reading failed as a whole, which it may say. */
static int run(const char *path, unsigned long fail_after, unsigned long *requests)
{
    unsigned findings = 0;
    struct ak_reading_options options = {.context = &findings, .line = count_line};
    (void)ak_alloc_fail_after(fail_after);
    struct ak_reading *reading = ak_reading_new(&options);
    bool good = reading != NULL && ak_reading_path(reading, path) == 0;
    if (reading != NULL)
        good = ak_reading_finish(reading) >= 0 && good;
    ak_reading_free(reading);
    *requests = ak_alloc_fail_after(0);
    return good ? (int)findings : -1;
}

static bool torture(const char *path)
{
    unsigned long requests, ignored, runs = 0, same = 0;
    int whole = run(path, 0, &requests);
    if (requests == 0 || whole < 0)
        return false;
    unsigned long step = requests / MOST + 1;
    for (unsigned long n = 1; n <= requests; n += step, runs++)
        same += run(path, n, &ignored) == whole;
    /* And once more as if nothing had been: no state outlives a run. */
    bool good = run(path, 0, &ignored) == whole && ignored == requests;
    (void)printf("torture_case: %s: %d findings, %lu requests, %lu runs, %lu with as many\n", path,
                 whole, requests, runs, same);
    return good;
}

int main(int argc, char **argv)
{
    bool good = argc > 1;
    (void)ak_alloc_fail_after(1);
    void *probe = ak_alloc(1, 1);
    (void)ak_alloc_fail_after(0);
    if (probe != NULL) {
        ak_free(probe);
        (void)puts("torture_case: not a build with AK_TORTURE, skipped");
        return 77;
    }
    for (int i = 1; i < argc; i++)
        if (!torture(argv[i])) {
            (void)fprintf(stderr, "torture_case: %s: differs without a failure\n", argv[i]);
            good = false;
        }
    return good ? 0 : 1;
}
