/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ak_process_note note(uint8_t local, uint16_t local_port, uint8_t remote,
                                   uint16_t remote_port, uint32_t id, char *path)
{
    struct ak_process_note n = {
        4, {10, 0, 0, local}, {10, 0, 0, remote}, local_port, remote_port, id, path};
    return n;
}

static void set_ends(struct ak_conversation *c, uint8_t client, uint16_t client_port,
                     uint8_t server, uint16_t server_port)
{
    memset(c, 0, sizeof *c);
    struct ak_endpoint a = {4, {10, 0, 0, client}, client_port};
    struct ak_endpoint b = {4, {10, 0, 0, server}, server_port};
    c->end[AK_SIDE_CLIENT] = a;
    c->end[AK_SIDE_SERVER] = b;
}

static void finds_the_side_that_recorded(void **state)
{
    (void)state;
    char a[] = "a.exe", b[] = "b.exe", empty[] = "";
    struct ak_process_note notes[] = {
        note(1, 50001, 9, 1433, 3, empty), note(1, 50001, 9, 1433, 4, a),
        note(9, 1433, 2, 50001, 7, b),     note(1, 50002, 9, 1433, 5, b),
        note(8, 50001, 9, 1433, 6, b),
    };
    size_t count = sizeof notes / sizeof notes[0];
    ak_processes_sort(notes, count);
    struct ak_source second = {"b", 9, NULL, notes, count};
    struct ak_source first = {"a", 1, &second, NULL, 0};
    struct ak_conversation c;
    enum ak_side side;
    set_ends(&c, 1, 50001, 9, 1433);
    c.source = &first; /* the table of the next file of the capture counts too */
    assert_int_equal(ak_conversation_process(&c, &side)->id, 4);
    assert_int_equal(side, AK_SIDE_CLIENT);
    set_ends(&c, 2, 50001, 9, 1433);
    c.source = &second;
    assert_int_equal(ak_conversation_process(&c, &side)->id, 7);
    assert_int_equal(side, AK_SIDE_SERVER);
    set_ends(&c, 3, 50001, 9, 1433);
    c.source = &second;
    assert_null(ak_conversation_process(&c, &side));
    set_ends(&c, 1, 50001, 9, 1433);
    c.end[0].version = 6;
    c.source = &second;
    assert_null(ak_conversation_process(&c, &side));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_the_side_that_recorded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
