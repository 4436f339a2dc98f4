/* Captures through every layer with the n-th allocation failing, for each n in turn: nothing may
 * crash or leak, and what is lost is said.
 *
 * usage: torture_test [--most N] CAPTURE...
 * A run without failure counts the requests of a capture; of more than N (3000) every k-th one
 * fails. Needs a build with AK_TORTURE; without it the status is 77.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "support/pipeline.h"

enum { MAXIMUM = 64 * 1024 * 1024 };

static bool torture(const char *path, const uint8_t *bytes, size_t size, unsigned long most)
{
    (void)ak_alloc_fail_after(0);
    struct ak_pipeline_result whole = ak_pipeline_run(bytes, size, 0);
    unsigned long requests = ak_alloc_fail_after(0);
    unsigned long step = requests / most + 1, runs = 0, same = 0;
    for (unsigned long n = 1; n <= requests; n += step) {
        (void)ak_alloc_fail_after(n);
        struct ak_pipeline_result result = ak_pipeline_run(bytes, size, 0);
        (void)ak_alloc_fail_after(0);
        runs++;
        same += memcmp(&result, &whole, sizeof whole) == 0;
        if (result.conversations > whole.conversations) {
            (void)fprintf(stderr, "torture_test: %s: request %lu: %llu conversations of %llu\n",
                          path, n, (unsigned long long)result.conversations,
                          (unsigned long long)whole.conversations);
            return false;
        }
    }
    /* And once more as if nothing had been: no state outlives a run. */
    struct ak_pipeline_result again = ak_pipeline_run(bytes, size, 0);
    (void)printf("torture_test: %s: %lu requests, %lu runs, %lu without a difference\n", path,
                 requests, runs, same);
    return memcmp(&again, &whole, sizeof whole) == 0;
}

static bool one_file(const char *path, unsigned long most)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(MAXIMUM);
    if (file == NULL || bytes == NULL) {
        (void)fprintf(stderr, "torture_test: cannot read %s\n", path);
        free(bytes);
        return false;
    }
    size_t size = fread(bytes, 1, MAXIMUM, file);
    (void)fclose(file);
    bool good = torture(path, bytes, size, most);
    free(bytes);
    return good;
}

static bool can_fail(void)
{
    (void)ak_alloc_fail_after(1);
    void *block = ak_alloc(1, 1);
    (void)ak_alloc_fail_after(0);
    bool failed = block == NULL;
    ak_free(block);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned long most = 3000;
    bool good = true;
    int i = 1;
    if (argc > 2 && strcmp(argv[1], "--most") == 0) {
        most = strtoul(argv[2], NULL, 10);
        i = 3;
    }
    if (most == 0 || i >= argc) {
        (void)fprintf(stderr, "usage: torture_test [--most N] CAPTURE...\n");
        return 2;
    }
    if (!can_fail()) {
        (void)fprintf(stderr, "torture_test: not a build with AK_TORTURE\n");
        return 77;
    }
    for (; i < argc; i++)
        good = one_file(argv[i], most) && good;
    return good ? 0 : 1;
}
