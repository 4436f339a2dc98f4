/* Reads a hive with libhivex and writes it as registry_dump does.
 *
 * usage: hivex_dump lines HIVE       lines as registry_lines.h has them
 *        hivex_dump unsafe HIVE      the same, also of hives that libhivex calls damaged
 *        hivex_dump bench N HIVE     opens it and reads everything N times, prints a sum
 * "E what" stands for what libhivex refused to read. Exit status 1: the hive could not be opened.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <hivex.h>

#include "registry_lines.h"

static int64_t nanoseconds(int64_t file_time)
{
    const int64_t epoch = INT64_C(116444736000000000);
    return file_time < epoch || file_time - epoch > INT64_MAX / 100 ? 0 : (file_time - epoch) * 100;
}

static void lines_of_values(hive_h *hive, hive_node_h node)
{
    hive_value_h *values = hivex_node_values(hive, node);
    if (values == NULL)
        (void)puts("E values");
    for (size_t i = 0; values != NULL && values[i] != 0; i++) {
        hive_type type;
        size_t size = 0;
        char *name = hivex_value_key(hive, values[i]);
        char *data = hivex_value_value(hive, values[i], &type, &size);
        if (name == NULL || data == NULL)
            (void)puts("E value");
        else
            line_value((uint32_t)type, data, size, name);
        free(name);
        free(data);
    }
    free(values);
}

static void lines(hive_h *hive, hive_node_h node, unsigned depth)
{
    char *name = hivex_node_name(hive, node);
    line_key(depth, nanoseconds(hivex_node_timestamp(hive, node)), name != NULL ? name : "?");
    free(name);
    lines_of_values(hive, node);
    hive_node_h *nodes = hivex_node_children(hive, node);
    if (nodes == NULL)
        (void)puts("E keys");
    for (size_t i = 0; nodes != NULL && nodes[i] != 0; i++)
        lines(hive, nodes[i], depth + 1);
    free(nodes);
}

static uint64_t touch(hive_h *hive, hive_node_h node)
{
    uint64_t sum = 0;
    hive_value_h *values = hivex_node_values(hive, node);
    for (size_t i = 0; values != NULL && values[i] != 0; i++) {
        hive_type type;
        size_t size = 0;
        char *name = hivex_value_key(hive, values[i]);
        char *data = hivex_value_value(hive, values[i], &type, &size);
        if (data != NULL)
            sum += line_touch(data, size) + (uint8_t)(name != NULL ? name[0] : 0);
        free(name);
        free(data);
    }
    free(values);
    hive_node_h *nodes = hivex_node_children(hive, node);
    for (size_t i = 0; nodes != NULL && nodes[i] != 0; i++) {
        free(hivex_node_name(hive, nodes[i]));
        sum += touch(hive, nodes[i]);
    }
    free(nodes);
    return sum;
}

int main(int argc, char **argv)
{
    bool bench = argc > 3 && strcmp(argv[1], "bench") == 0;
    uint64_t sum = 0;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: hivex_dump lines|unsafe|bench ...\n");
        return 2;
    }
    int flags = strcmp(argv[1], "unsafe") == 0 ? HIVEX_OPEN_UNSAFE : 0;
    for (long n = bench ? strtol(argv[2], NULL, 10) : 1; n > 0; n--) {
        hive_h *hive = hivex_open(argv[argc - 1], flags);
        if (hive == NULL) {
            (void)printf("error=%s\n", strerror(errno));
            return 1;
        }
        if (bench)
            sum += touch(hive, hivex_root(hive));
        else
            lines(hive, hivex_root(hive), 0);
        (void)hivex_close(hive);
    }
    if (bench)
        (void)printf("%" PRIu64 "\n", sum);
    return 0;
}
