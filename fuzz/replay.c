/* Runs files, and the files of folders, through a fuzz target: for builds without libFuzzer.
 * Each input is an exactly sized heap block, so that a sanitizer sees a read past its end. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz_target.h"

static unsigned long files, failures;

static void one_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        (void)fprintf(stderr, "replay: cannot read %s\n", path);
        failures++;
        if (file != NULL)
            (void)fclose(file);
        return;
    }
    long end = ftell(file);
    size_t size = end > 0 ? (size_t)end : 0;
    uint8_t *block = malloc(size ? size : 1);
    rewind(file);
    if (block == NULL || fread(block, 1, size, file) != size) {
        (void)fprintf(stderr, "replay: cannot read %s\n", path);
        failures++;
    } else {
        files++;
        (void)LLVMFuzzerTestOneInput(size ? block : block + 1, size);
    }
    free(block);
    (void)fclose(file);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void one_path(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        one_file(path);
        return;
    }
    struct dirent **entries;
    int count = scandir(path, &entries, visible, alphasort);
    if (count < 0) {
        (void)fprintf(stderr, "replay: cannot read %s\n", path);
        failures++;
        return;
    }
    for (int i = 0; i < count; i++) {
        size_t room = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *name = malloc(room);
        if (name != NULL) {
            (void)snprintf(name, room, "%s/%s", path, entries[i]->d_name);
            one_path(name);
        }
        free(name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        one_path(argv[i]);
    (void)printf("%lu inputs\n", files);
    return failures != 0 || files == 0;
}
