/* SPDX-License-Identifier: Apache-2.0 */
#include "support/parser_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

struct ak_bytes ak_bytes_copy(const void *bytes, size_t size)
{
    struct ak_bytes copy = {NULL, size, malloc(size ? size : 1)};
    assert_non_null(copy.block);
    copy.at = copy.block;
    if (size == 0)
        copy.at++; /* one past the end: even its first byte is out of bounds */
    else
        memcpy(copy.at, bytes, size);
    return copy;
}

void ak_bytes_free(struct ak_bytes *bytes)
{
    free(bytes->block);
    memset(bytes, 0, sizeof *bytes);
}

struct ak_span ak_bytes_span(const struct ak_bytes *bytes)
{
    struct ak_span span = {bytes->at, bytes->size};
    return span;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* One item of annotated hex at *p: writes its bytes unless out is NULL and moves *p behind it. */
static size_t hex_item(const char **p, uint8_t *out)
{
    const char *at = *p;
    size_t n = 0;
    if (*at == '\'') {
        for (at++; *at != '\'' && *at != '\0'; at++, n++)
            if (out != NULL)
                out[n] = (uint8_t)*at;
        if (*at != '\'')
            fail_msg("annotated hex: a text without end: %s", *p);
        *p = at + 1;
        return n;
    }
    int high = digit(at[0]), low = high < 0 ? -1 : digit(at[1]);
    if (low < 0)
        fail_msg("annotated hex: not a pair of digits: %.20s", at);
    at += 2;
    size_t times = 1;
    if (*at == '*')
        times = strtoul(at + 1, (char **)(uintptr_t)&at, 10);
    for (; n < times; n++)
        if (out != NULL)
            out[n] = (uint8_t)(high << 4 | low);
    *p = at;
    return n;
}

static size_t hex_all(const char *p, uint8_t *out)
{
    size_t n = 0;
    while (*p != '\0') {
        if (*p == '#') {
            p += strcspn(p, "\n");
            continue;
        }
        if (strchr(" \t\r\n", *p) != NULL) {
            p++;
            continue;
        }
        n += hex_item(&p, out != NULL ? out + n : NULL);
    }
    return n;
}

struct ak_bytes ak_hex(const char *annotated)
{
    size_t size = hex_all(annotated, NULL);
    uint8_t *bytes = malloc(size ? size : 1);
    assert_non_null(bytes);
    (void)hex_all(annotated, bytes);
    struct ak_bytes copy = ak_bytes_copy(bytes, size);
    free(bytes);
    return copy;
}

void ak_each_prefix(struct ak_span vector, void (*call)(struct ak_span, void *), void *context)
{
    for (size_t size = 0; size <= vector.size; size++) {
        struct ak_bytes copy = ak_bytes_copy(vector.bytes, size);
        call(ak_bytes_span(&copy), context);
        ak_bytes_free(&copy);
    }
}

void ak_each_flip(struct ak_span vector, void (*call)(struct ak_span, void *), void *context)
{
    struct ak_bytes copy = ak_bytes_copy(vector.bytes, vector.size);
    for (size_t i = 0; i < vector.size; i++) {
        uint8_t old = copy.at[i];
        for (unsigned kind = 0; kind < 10; kind++) {
            copy.at[i] = (uint8_t)(kind < 8 ? old ^ 1u << kind : kind == 8 ? 0x00u : 0xffu);
            if (copy.at[i] != old)
                call(ak_bytes_span(&copy), context);
        }
        copy.at[i] = old;
    }
    ak_bytes_free(&copy);
}

void ak_each_damage(struct ak_span vector, void (*call)(struct ak_span, void *), void *context)
{
    ak_each_prefix(vector, call, context);
    ak_each_flip(vector, call, context);
}

void ak_assert_inside(struct ak_span outer, struct ak_span inner)
{
    if (inner.size == 0)
        return;
    uintptr_t first = (uintptr_t)outer.bytes, at = (uintptr_t)inner.bytes;
    assert_true(at >= first);
    assert_true(at - first <= outer.size);
    assert_true(inner.size <= outer.size - (at - first));
}

void ak_assert_text(struct ak_span span, const char *text)
{
    assert_int_equal(span.size, strlen(text));
    if (span.size != 0)
        assert_memory_equal(span.bytes, text, span.size);
}

void ak_assert_parse(const struct ak_parse *parse, enum ak_verdict verdict, size_t offset,
                     const char *field)
{
    assert_int_equal(parse->verdict, verdict);
    assert_int_equal(parse->offset, offset);
    if (field != NULL) {
        assert_non_null(parse->field);
        assert_string_equal(parse->field, field);
    }
}
