/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/browser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/parser_check.h"

static uint8_t client[4] = {192, 0, 2, 5}, server[4] = {192, 0, 2, 9};

static bool packet(struct ak_browser *b, struct ak_totals *n, bool answer, uint16_t port,
                   const void *data, size_t size)
{
    uint8_t bytes[512] = {0};
    size_t at = answer ? 0 : 2;
    bytes[at] = 1434 >> 8;
    bytes[at + 1] = 1434 & 0xff;
    bytes[2 - at] = (uint8_t)(port >> 8);
    bytes[3 - at] = (uint8_t)port;
    memcpy(bytes + 8, data, size);
    struct ak_bytes copy = ak_bytes_copy(bytes, size + 8);
    struct ak_ip_packet ip = {.version = 4,
                              .protocol = 17,
                              .source = answer ? server : client,
                              .destination = answer ? client : server,
                              .payload = ak_bytes_span(&copy)};
    bool taken = ak_browser_packet(b, &ip, n);
    ak_bytes_free(&copy);
    return taken;
}

static const char *find(const struct ak_browser *b, uint16_t port)
{
    struct ak_endpoint end = {4, {192, 0, 2, 9}, port};
    return ak_browser_find(b, &end);
}

static bool answer(struct ak_browser *b, struct ak_totals *n, uint16_t port, const char *name,
                   unsigned tcp)
{
    char text[128];
    int size = snprintf(text, sizeof text, "\5..InstanceName;%s;tcp;%u;;", name, tcp);
    text[1] = (char)(size - 3);
    text[2] = 0;
    return packet(b, n, true, port, text, (size_t)size);
}

static void remembers_ports_and_counts_silence(void **state)
{
    (void)state;
    struct ak_browser *b = ak_browser_new();
    struct ak_totals n = {0};
    assert_true(packet(b, &n, false, 4000, "\3", 1));
    assert_true(packet(b, &n, false, 4000, "\3", 1)); /* asked again */
    assert_true(packet(b, &n, false, 4001, "\4X", 3));
    assert_int_equal(n.browser_requests, 2);
    assert_int_equal(n.browser_unanswered, 2);
    assert_true(answer(b, &n, 4000, "A", 5000));
    assert_int_equal(n.browser_unanswered, 1);
    assert_true(packet(b, &n, false, 4000, "\3", 1)); /* a new question from the same port */
    assert_int_equal(n.browser_requests, 3);
    assert_int_equal(n.browser_unanswered, 2);
    assert_string_equal(find(b, 5000), "A");
    assert_true(answer(b, &n, 9, "B", 5000)); /* nobody asked: it tells all the same */
    assert_string_equal(find(b, 5000), "B");
    assert_null(find(b, 5001));
    assert_false(packet(b, &n, false, 4002, "\x63", 1));
    assert_false(packet(b, &n, true, 4002, "\x63", 1));
    ak_browser_free(b);
}

static void the_oldest_give_way(void **state)
{
    (void)state;
    struct ak_browser *b = ak_browser_new();
    struct ak_totals n = {0};
    for (unsigned i = 0; i <= AK_MAX_BROWSER; i++) {
        assert_true(packet(b, &n, false, (uint16_t)(2000 + i), "\3", 1));
        assert_true(answer(b, &n, 9, "I", 10000 + i));
    }
    assert_null(find(b, 10000));
    assert_non_null(find(b, 10001));
    assert_non_null(find(b, 10000 + AK_MAX_BROWSER));
    assert_int_equal(n.browser_unanswered, AK_MAX_BROWSER + 1);
    ak_browser_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remembers_ports_and_counts_silence),
        cmocka_unit_test(the_oldest_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
