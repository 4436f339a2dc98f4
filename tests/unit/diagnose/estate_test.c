/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/estate.h"

#include "base/alloc.h"
#include "support/case.h"

static bool news; /* what _add says of it, where that does not matter */

static const struct ak_hash_key hash_key = {8, 9};
static const int64_t second = 1000000000, minute = INT64_C(60) * 1000000000;

static struct ak_estate *new_one(void)
{
    struct ak_estate *estate = ak_estate_new(hash_key);
    assert_non_null(estate);
    return estate;
}

static void talk(struct known *k, enum ak_outcome outcome)
{
    known_begin(k, AK_PROTOCOL_TLS, outcome, AK_STAGE_P7, AK_SIDE_CLIENT, AK_CLOSE_FIN);
    known_tls(k);
    k->hello.id = 1;
}

static void nothing_is_known_at_first(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    struct known k;
    char name[] = "sql01";
    talk(&k, AK_OUTCOME_ESTABLISHED);
    k.tls.server_name = name;
    assert_null(ak_estate_client(estate, &k.c));
    assert_null(ak_estate_route(estate, &k.c));
    assert_null(ak_estate_name(estate, &k.c));
    ak_estate_free(estate);
    ak_estate_free(NULL);
}

/* ---- clients ---- */

static void a_client_is_an_address(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    struct known k;
    talk(&k, AK_OUTCOME_FAILED);
    known_old_hello(&k, 0x0301);
    k.c.id = 4;
    assert_true(ak_estate_add(estate, &k.c, &news));
    assert_int_equal(ak_estate_client(estate, &k.c)->max_version, 0x0301);
    k.c.id = 5;
    k.c.end[AK_SIDE_CLIENT].port++; /* another program, to another server */
    k.c.end[AK_SIDE_SERVER].address[3]++;
    known_old_hello(&k, 0x0303);
    assert_true(ak_estate_add(estate, &k.c, &news));
    k.c.id = 6;
    known_old_hello(&k, 0x0302);
    assert_true(ak_estate_add(estate, &k.c, &news));
    assert_int_equal(ak_estate_client(estate, &k.c)->max_version, 0x0303);
    assert_int_equal(ak_estate_client(estate, &k.c)->id, 5);
    k.c.end[AK_SIDE_CLIENT].address[3]++;
    assert_null(ak_estate_client(estate, &k.c));
    k.tls.hello = NULL;
    assert_true(ak_estate_add(estate, &k.c, &news));
    k.c.tls = NULL;
    assert_true(ak_estate_add(estate, &k.c, &news));
    assert_null(ak_estate_client(estate, &k.c));
    ak_estate_free(estate);
}

/* What was announced is looked up beforehand: it changes nothing, in whatever order they come. */
static void announcing_changes_nothing(void **state)
{
    (void)state;
    enum { MANY = 100 };
    struct ak_estate *one = new_one(), *other = new_one();
    struct known k;
    char name[] = "sql00";
    for (unsigned i = 0; i < MANY; i++)
        for (unsigned pass = 0; pass < 2; pass++) {
            unsigned n = pass == 0 ? i * 7 % MANY : i;
            talk(&k, n % 3 == 0 ? AK_OUTCOME_FAILED : AK_OUTCOME_ESTABLISHED);
            k.c.id = n + 1;
            k.c.end[AK_SIDE_CLIENT].address[3] = (uint8_t)(n % 11);
            k.c.end[AK_SIDE_SERVER].address[3] = (uint8_t)(n % 5);
            name[4] = (char)('0' + n % 3);
            k.tls.server_name = name;
            if (pass == 0) { /* of another one, mostly */
                ak_estate_announce(one, &k.c);
                continue;
            }
            ak_estate_announce(one, &k.c);
            assert_true(ak_estate_add(one, &k.c, &news));
            assert_true(ak_estate_add(other, &k.c, &news));
            assert_memory_equal(ak_estate_client(one, &k.c), ak_estate_client(other, &k.c),
                                sizeof(struct ak_client_known));
            assert_memory_equal(ak_estate_name(one, &k.c), ak_estate_name(other, &k.c),
                                sizeof(struct ak_name_known));
        }
    ak_estate_free(one);
    ak_estate_free(other);
}

/* ---- routes ---- */

enum { BUSY = 4080 }; /* data/thresholds.csv: port-rate-per-minute */

static void accepted(struct known *k)
{
    known_begin(k, AK_PROTOCOL_TDS, AK_OUTCOME_ESTABLISHED, AK_STAGE_P7, AK_SIDE_CLIENT,
                AK_CLOSE_FIN);
    known_step(k, AK_STEP_SYN, 1, 0);
    known_step(k, AK_STEP_SYN_ACK, 2, 0);
    known_end(k, AK_SIDE_CLIENT, false, 1);
}

/* `count` connections at a time. */
static const struct ak_route_known *rush_at(struct ak_estate *estate, int64_t time, unsigned count)
{
    static struct known k;
    accepted(&k);
    for (unsigned i = 0; i < count; i++) {
        k.c.first_time = time + i;
        k.c.end[AK_SIDE_CLIENT].port = (uint16_t)(1024 + i);
        assert_true(ak_estate_add(estate, &k.c, &news));
    }
    return ak_estate_route(estate, &k.c);
}

/* `count` connections when the minute `at` begins. */
static const struct ak_route_known *rush(struct ak_estate *estate, int64_t at, unsigned count)
{
    return rush_at(estate, at * minute, count);
}

static void a_minute_has_a_limit(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    const struct ak_route_known *route = rush(estate, 1000, BUSY - 1);
    assert_int_equal(route->most, BUSY - 1);
    assert_int_equal(route->most_busy, 0);
    assert_ptr_equal(rush(estate, 1001, BUSY - 1), route); /* two minutes are not added up */
    assert_int_equal(route->most_busy, 0);
    (void)rush(estate, 1001, 1);
    assert_int_equal(route->most, BUSY);
    assert_int_equal(route->most_busy, 1);
    (void)rush(estate, 1001, 10); /* the same minute counts once */
    assert_int_equal(route->most_busy, 1);
    ak_estate_free(estate);
}

/* A storm of some seconds is one storm, whatever the clock's minute. */
static void a_minute_begins_anywhere(void **state)
{
    (void)state;
    static const int64_t begins[] = {INT64_C(1000) * minute, 0, -5 * minute};
    for (size_t i = 0; i < 3; i++) {
        struct ak_estate *estate = new_one();
        const struct ak_route_known *route = rush_at(estate, begins[i] - 4 * second, BUSY / 2);
        (void)rush_at(estate, begins[i] + 45 * second, BUSY / 2 - 1);
        assert_int_equal(route->most_busy, 0);
        (void)rush_at(estate, begins[i] + 3 * second, 1); /* handed out late, of the same minute */
        assert_int_equal(route->most, BUSY);
        assert_int_equal(route->most_busy, 1);
        (void)rush_at(estate, begins[i] + 59 * second, 1);
        assert_int_equal(route->most_busy, 1); /* the first half is a minute ago */
        ak_estate_free(estate);
    }
}

static void minutes_in_a_row(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    const struct ak_route_known *route = rush(estate, 1000, BUSY);
    for (int64_t at = 1001; at < 1004; at++)
        (void)rush(estate, at, BUSY);
    assert_int_equal(route->most_busy, 4);
    (void)rush(estate, 1003, 1);
    (void)rush(estate, 1001, BUSY); /* handed out late: not counted */
    assert_int_equal(route->most_busy, 4);
    (void)rush(estate, 1004, 5);    /* a quiet minute */
    (void)rush(estate, 1005, BUSY); /* begins anew */
    assert_int_equal(route->busy, 1);
    (void)rush(estate, 1007, BUSY); /* and so does one after a gap */
    assert_int_equal(route->busy, 1);
    assert_int_equal(route->most_busy, 4);
    ak_estate_free(estate);
}

static void only_what_keeps_a_port(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    struct known k;
    accepted(&k);
    k.c.step[AK_STEP_SYN_ACK].frame = 0; /* refused, or never answered */
    assert_true(ak_estate_add(estate, &k.c, &news));
    accepted(&k);
    known_end(&k, AK_SIDE_CLIENT, true, 1);
    assert_true(ak_estate_add(estate, &k.c, &news));
    accepted(&k);
    known_end(&k, AK_SIDE_SERVER, false, 1); /* the server holds TIME_WAIT */
    assert_true(ak_estate_add(estate, &k.c, &news));
    accepted(&k);
    k.c.begun_before = true;
    assert_true(ak_estate_add(estate, &k.c, &news));
    assert_null(ak_estate_route(estate, &k.c));
    accepted(&k);
    k.c.tcp_end_by = AK_SIDE_NONE; /* still open */
    assert_true(ak_estate_add(estate, &k.c, &news));
    assert_int_equal(ak_estate_route(estate, &k.c)->most, 1);
    k.c.end[AK_SIDE_SERVER].port++;
    assert_null(ak_estate_route(estate, &k.c));
    k.c.end[AK_SIDE_SERVER].port--;
    k.c.end[AK_SIDE_CLIENT].address[3]++;
    assert_null(ak_estate_route(estate, &k.c));
    ak_estate_free(estate);
}

/* ---- names ---- */

static void a_name_has_servers(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    struct known k;
    char name[] = "sql01", other[] = "sql02";
    talk(&k, AK_OUTCOME_FAILED);
    k.tls.server_name = name;
    assert_true(ak_estate_add(estate, &k.c, &news));
    k.c.end[AK_SIDE_SERVER].address[3]++;
    k.c.outcome = AK_OUTCOME_ESTABLISHED;
    for (uint64_t id = 20; id < 30; id++) {
        k.c.id = id;
        k.hello.id = (uint32_t)(1 + id / 2 % 3);
        assert_true(ak_estate_add(estate, &k.c, &news));
    }
    k.c.outcome = AK_OUTCOME_INCOMPLETE;
    k.hello.id = 77;
    assert_true(ak_estate_add(estate, &k.c, &news));
    const struct ak_name_known *known = ak_estate_name(estate, &k.c);
    assert_int_equal(known->nodes, 2);
    assert_int_equal(known->node[0].failed, 1);
    assert_int_equal(known->node[0].established, 0);
    assert_int_equal(known->node[0].hello[0], 0);
    assert_int_equal(known->node[1].established, 10);
    assert_int_equal(known->node[1].id, 20);
    assert_int_equal(known->node[1].hello[0], 2);
    assert_int_equal(known->node[1].hello[1], 3);
    assert_int_equal(known->node[1].hello[2], 1);
    assert_int_equal(known->node[1].hello[3], 0);
    k.tls.server_name = other;
    assert_null(ak_estate_name(estate, &k.c));
    k.tls.server_name = NULL;
    assert_null(ak_estate_name(estate, &k.c));
    ak_estate_free(estate);
}

static void names_have_room_for_so_many(void **state)
{
    (void)state;
    struct ak_estate *estate = new_one();
    struct known k;
    char name[] = "sql01";
    talk(&k, AK_OUTCOME_ESTABLISHED);
    k.tls.server_name = name;
    for (unsigned i = 0; i < AK_KNOWN_NODES + 3; i++) {
        k.c.end[AK_SIDE_SERVER].address[3] = (uint8_t)(10 + i);
        for (uint32_t hello = 1; hello < AK_KNOWN_HELLOS + 3; hello++) {
            k.hello.id = hello;
            assert_true(ak_estate_add(estate, &k.c, &news));
        }
    }
    const struct ak_name_known *known = ak_estate_name(estate, &k.c);
    assert_int_equal(known->nodes, AK_KNOWN_NODES);
    for (unsigned i = 0; i < AK_KNOWN_NODES; i++)
        for (unsigned h = 0; h < AK_KNOWN_HELLOS; h++)
            assert_int_equal(known->node[i].hello[h], h + 1);
    ak_estate_free(estate);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    unsigned long made = 1;
    for (unsigned long n = 1; n <= made + 1; n++) {
        (void)ak_alloc_fail_after(n);
        struct ak_estate *estate = ak_estate_new(hash_key);
        made = ak_alloc_fail_after(0);
        assert_int_equal(estate == NULL, n <= made);
        ak_estate_free(estate);
    }
    made = 1;
    for (unsigned long n = 1; n <= made; n++) {
        struct ak_estate *estate = new_one();
        struct known k;
        char name[] = "sql01";
        accepted(&k);
        known_tls(&k);
        k.tls.server_name = name;
        (void)ak_alloc_fail_after(n);
        bool good = ak_estate_add(estate, &k.c, &news);
        made = ak_alloc_fail_after(0);
        assert_int_equal(good, n > made);
        assert_true(ak_estate_add(estate, &k.c, &news));
        ak_estate_free(estate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),   cmocka_unit_test(a_client_is_an_address),
        cmocka_unit_test(announcing_changes_nothing),  cmocka_unit_test(a_minute_has_a_limit),
        cmocka_unit_test(a_minute_begins_anywhere),    cmocka_unit_test(minutes_in_a_row),
        cmocka_unit_test(only_what_keeps_a_port),      cmocka_unit_test(a_name_has_servers),
        cmocka_unit_test(names_have_room_for_so_many), cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
