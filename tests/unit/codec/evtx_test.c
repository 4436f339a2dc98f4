/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/evtx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/words.h"
#include "support/parser_check.h"

/* Made by tests/tools/evtx_write.py and read by libevtx (tests/tools/logs_test.py). */
static struct ak_bytes load(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", AK_TEST_GOLDEN, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static uint8_t bytes[1 << 18];
    size_t size = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return ak_bytes_copy(bytes, size);
}

enum { HEADER = 4096 };

static void write_record(void *context, const struct ak_event_record *r)
{
    struct ak_text *out = context;
    ak_text_format(out, "%s %u #%u %s %s", r->provider, (unsigned)r->id, (unsigned)r->record_id,
                   r->channel, r->computer);
    for (size_t i = 0; i < r->item_count; i++)
        ak_text_format(out, " %s=%s", ak_event_record_name(r, i), ak_event_record_value(r, i));
    ak_text_char(out, '\n');
}

static void records_are_read(void **state)
{
    (void)state;
    struct ak_bytes b = load("log-schannel-near/evidence/system.evtx");
    struct ak_evtx_counts counts = {0, 0, 0, 0, 0};
    struct ak_event_record record;
    struct ak_text out;
    assert_true(ak_evtx_is(ak_bytes_span(&b)));
    assert_int_equal(ak_evtx_header_size(ak_bytes_span(&b)), HEADER);
    ak_event_record_init(&record, NULL);
    ak_text_init(&out, 65536);
    ak_evtx_chunk(ak_words_from(ak_bytes_span(&b), HEADER), &record, &counts, write_record, &out);
    assert_string_equal(ak_text_string(&out),
                        "Schannel 36888 #1 System SQL01.example.com AlertDesc=40 ErrorState=1207\n"
                        "Schannel 36888 #2 System SQL01.example.com AlertDesc=10 ErrorState=1203\n"
                        "Schannel 36887 #3 System SQL01.example.com AlertDesc=46\n"
                        "Contoso-Schannel 36874 #4 Application SQL01.example.com Protocol=TLS 1.2\n"
                        "Schannel 36880 #5 System SQL01.example.com Type=client Protocol=TLS 1.3 "
                        "CipherSuite=0x1302\n");
    assert_int_equal(counts.records, 5);
    assert_int_equal(counts.bad_records + counts.bad_chunks, 0);
    ak_text_release(&out);
    ak_event_record_release(&record);
    ak_bytes_free(&b);
}

static void count(void *context, const struct ak_event_record *r)
{
    (void)r;
    ++*(size_t *)context;
}

static struct ak_evtx_counts read_chunk(struct ak_span chunk, size_t *told)
{
    struct ak_evtx_counts counts = {0, 0, 0, 0, 0};
    struct ak_event_record record;
    *told = 0;
    ak_event_record_init(&record, NULL);
    ak_evtx_chunk(chunk, &record, &counts, count, told);
    ak_event_record_release(&record);
    return counts;
}

/* One record that is damaged costs itself; the ones behind it are found again. */
static void damaged_records_are_passed_over(void **state)
{
    (void)state;
    struct ak_bytes b = load("log-schannel-near/evidence/system.evtx");
    struct ak_span chunk = ak_words_from(ak_bytes_span(&b), HEADER);
    uint8_t *bytes = b.at + HEADER;
    size_t told, second = 512 + ak_le32(bytes + 516);
    bytes[second + 4] = 3; /* a size that no record has */
    struct ak_evtx_counts counts = read_chunk(chunk, &told);
    assert_int_equal(told, 4);
    assert_int_equal(counts.bad_records, 1);
    bytes[second] = 0; /* nor is its mark there */
    counts = read_chunk(chunk, &told);
    assert_int_equal(told, 4);
    bytes[0] = 'x';
    counts = read_chunk(chunk, &told);
    assert_int_equal(counts.bad_chunks, 1);
    memset(bytes, 0, chunk.size);
    counts = read_chunk(chunk, &told);
    assert_int_equal(counts.unused, 1);
    ak_bytes_free(&b);
}

static void other_files_are_no_logs(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "'ElfFile'", "'ElfFile' 00", "'ElfFil' 00*64",
                                       "'ElfFile' 00*64"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ak_bytes b = ak_hex(rows[i]);
        assert_int_equal(ak_evtx_header_size(ak_bytes_span(&b)), 0);
        ak_bytes_free(&b);
    }
}

static void survive(struct ak_span bytes, void *context)
{
    size_t told;
    struct ak_evtx_counts counts = read_chunk(bytes, &told);
    (void)context;
    assert_true(told <= counts.records);
}

/* The used part of a chunk: every prefix and every flip of it. */
static void damage_is_survived(void **state)
{
    (void)state;
    struct ak_bytes b = load("log-private-key-unusable-fires-36870/evidence/system.evtx");
    struct ak_span chunk = ak_words_from(ak_bytes_span(&b), HEADER);
    size_t size = ak_le32(chunk.bytes + 48);
    assert_in_range(size, 600, 8192);
    ak_each_damage(ak_words_first(chunk, size), survive, NULL);
    ak_bytes_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read),
        cmocka_unit_test(damaged_records_are_passed_over),
        cmocka_unit_test(other_files_are_no_logs),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
