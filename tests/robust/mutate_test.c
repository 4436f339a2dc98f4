/* Every prefix and every single-byte flip of captures, in process: nothing may crash or hang.
 *
 * usage: mutate_test [--share I/N] [--by-conversation] CAPTURE...
 * A capture larger than LARGE is taken apart by conversation first (a flip in one conversation's
 * bytes cannot change another one's), so that the work stays linear in its size.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "support/pipeline.h"

enum { LARGE = 200 * 1024, PCAP_HEADER = 24, RECORD_HEADER = 16, MAXIMUM = 64 * 1024 * 1024 };

struct share {
    unsigned long index, of, counter;
};

static unsigned long runs, prefixes, flips;

static void run(const uint8_t *bytes, size_t size)
{
    /* An exactly sized block: a read past its end is seen. */
    uint8_t *copy = malloc(size ? size : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    (void)ak_pipeline_run(copy, size, 0);
    free(copy);
    runs++;
}

static bool mine(struct share *share)
{
    return share->counter++ % share->of == share->index;
}

static void mutate(uint8_t *bytes, size_t size, struct share *share)
{
    for (size_t n = 0; n <= size; n++)
        if (mine(share)) {
            run(bytes, n);
            prefixes++;
        }
    for (size_t i = 0; i < size; i++) {
        if (!mine(share))
            continue;
        uint8_t old = bytes[i];
        bytes[i] = (uint8_t)~old;
        run(bytes, size);
        bytes[i] = (uint8_t)(old ^ (1u << (i % 8)));
        run(bytes, size);
        bytes[i] = old;
        flips++;
    }
}

/* Ethernet and IPv4 without options, as our large captures are: the pair of ports names the flow.
 */
static uint32_t ports_of(const uint8_t *frame, size_t size)
{
    if (size < 38)
        return 0;
    uint32_t a = ak_be16(frame + 34), b = ak_be16(frame + 36);
    return a < b ? a << 16 | b : b << 16 | a;
}

static void mutate_by_conversation(const uint8_t *bytes, size_t size, struct share *share)
{
    uint8_t *part = malloc(size), *done = calloc(size, 1);
    if (part == NULL || done == NULL)
        abort();
    for (size_t at = PCAP_HEADER; at + RECORD_HEADER <= size;) {
        size_t next = at + RECORD_HEADER + ak_le32(bytes + at + 8);
        uint32_t key = ports_of(bytes + at + RECORD_HEADER, next - at - RECORD_HEADER);
        size_t used = PCAP_HEADER;
        memcpy(part, bytes, PCAP_HEADER);
        for (size_t i = at; !done[at] && i + RECORD_HEADER <= size;) {
            size_t end = i + RECORD_HEADER + ak_le32(bytes + i + 8);
            if (!done[i] && ports_of(bytes + i + RECORD_HEADER, end - i - RECORD_HEADER) == key) {
                memcpy(part + used, bytes + i, end - i);
                used += end - i;
                if (i != at)
                    done[i] = 1;
            }
            i = end;
        }
        if (used > PCAP_HEADER)
            mutate(part, used, share);
        at = next;
    }
    free(part);
    free(done);
}

static bool one_file(const char *path, struct share *share)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(MAXIMUM);
    if (file == NULL || bytes == NULL) {
        (void)fprintf(stderr, "mutate_test: cannot read %s\n", path);
        free(bytes);
        return false;
    }
    size_t size = fread(bytes, 1, MAXIMUM, file);
    (void)fclose(file);
    if (size > LARGE && ak_le32(bytes) == 0xa1b2c3d4)
        mutate_by_conversation(bytes, size, share);
    else
        mutate(bytes, size, share);
    free(bytes);
    return true;
}

int main(int argc, char **argv)
{
    struct share share = {0, 1, 0};
    bool good = true;
    int i = 1;
    if (argc > 2 && strcmp(argv[1], "--share") == 0) {
        char *end;
        share.index = strtoul(argv[2], &end, 10);
        share.of = *end == '/' ? strtoul(end + 1, NULL, 10) : 0;
        i = 3;
    }
    if (share.of == 0 || i >= argc) {
        (void)fprintf(stderr, "usage: mutate_test [--share I/N] CAPTURE...\n");
        return 2;
    }
    for (; i < argc; i++)
        good = one_file(argv[i], &share) && good;
    (void)printf("mutate_test: %lu prefixes, %lu flipped bytes, %lu runs\n", prefixes, flips, runs);
    return good ? 0 : 1;
}
