/* Which machine is which side of a conversation: each kind of evidence by itself, and which of two
 * kinds is believed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnose/case_hosts.h"

#include "support/case.h"

struct estate {
    struct known k;
    struct ak_host host[3];
    const struct ak_host *list[3];
    struct ak_sql_instance instance[3];
    struct ak_case_hosts h;
    struct ak_met_host side[AK_SIDES];
};

static struct estate *e;

/* Three machines that nothing tells from each other, and a TDS conversation that failed. */
static int begin(void **state)
{
    static struct estate room;
    static const char *const files[] = {"case/a/x.reg", "case/b/x.reg", "case/c/x.reg"};
    (void)state;
    e = &room;
    memset(e, 0, sizeof *e);
    known_begin(&e->k, AK_PROTOCOL_TDS, AK_OUTCOME_FAILED, AK_STAGE_P3, AK_SIDE_SERVER,
                AK_CLOSE_FIN);
    known_tls(&e->k);
    known_tds(&e->k, 1, 1);
    for (size_t i = 0; i < 3; i++) {
        e->host[i].id = i + 1;
        e->host[i].sources[0].file = files[i];
        e->host[i].source_count = 1;
        e->list[i] = &e->host[i];
    }
    e->h.hosts = e->list;
    e->h.count = 3;
    return 0;
}

static void has_sql(size_t host, const char *version)
{
    (void)snprintf(e->instance[host].version, sizeof e->instance[host].version, "%s", version);
    e->host[host].instances = &e->instance[host];
    e->host[host].instance_count = 1;
}

static void has_address_of(size_t host, enum ak_side side)
{
    struct ak_endpoint *to = &e->host[host].address[e->host[host].address_count++];
    *to = e->k.c.end[side];
    to->port = 0;
}

static void is_named(size_t host, const char *name)
{
    (void)snprintf(e->host[host].name, sizeof e->host[host].name, "%s", name);
}

/* `host` -1: none. */
static void assert_side(enum ak_side side, int host, enum ak_met_by by)
{
    ak_case_hosts_meet(&e->h, &e->k.c, NULL, e->side);
    const struct ak_met_host *met = &e->side[side];
    assert_string_equal(ak_met_by_name(met->by), ak_met_by_name(by));
    if (host < 0)
        assert_null(met->host);
    else
        assert_ptr_equal(met->host, &e->host[host]);
}

static void nobody_is_known(void **state)
{
    (void)state;
    assert_side(AK_SIDE_CLIENT, -1, AK_MET_BY_NOTHING);
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    e->h.count = 0;
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

static void by_address(void **state)
{
    (void)state;
    has_address_of(1, AK_SIDE_SERVER);
    has_address_of(2, AK_SIDE_CLIENT);
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ADDRESS);
    assert_side(AK_SIDE_CLIENT, 2, AK_MET_BY_ADDRESS);
    has_address_of(0, AK_SIDE_SERVER); /* two machines say so: none is */
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

/* A machine whose addresses are known and others is not this one, whatever it is called. */
static void other_addresses_rule_out(void **state)
{
    (void)state;
    e->k.tls.server_name = (char *)(uintptr_t) "sql01.example";
    is_named(0, "SQL01");
    assert_side(AK_SIDE_SERVER, 0, AK_MET_BY_NAME);
    has_address_of(0, AK_SIDE_SERVER);
    e->host[0].address[0].address[3]++;
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

static void by_name(void **state)
{
    (void)state;
    e->k.tls.server_name = (char *)(uintptr_t) "sql01.example";
    e->k.tds.host = (char *)(uintptr_t) "APP7";
    is_named(1, "SQL01");
    is_named(2, "app7");
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_NAME);
    assert_side(AK_SIDE_CLIENT, 2, AK_MET_BY_NAME);
    e->k.tls.server_name = (char *)(uintptr_t) "";
    is_named(1, "");
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

static void by_certificate(void **state)
{
    static const char digits[] = "00112233445566778899aabbccddeeff00112233";
    struct ak_server_known known;
    (void)state;
    for (size_t i = 0; i < 20; i++)
        e->k.leaf.sha1[i] = (uint8_t)((i % 16) * 0x11);
    e->k.tls.chain[0] = &e->k.leaf;
    e->k.tls.chain_count = 1;
    has_sql(1, "");
    (void)snprintf(e->instance[1].certificate, sizeof e->instance[1].certificate, "%s", digits);
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_CERTIFICATE);
    /* Of another conversation with this server, if that showed but one. */
    e->k.tls.chain_count = 0;
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    memset(&known, 0, sizeof known);
    known.leaf[0] = known.leaf[1] = &e->k.leaf;
    known.leaf_count = 1;
    ak_case_hosts_meet(&e->h, &e->k.c, &known, e->side);
    assert_ptr_equal(e->side[AK_SIDE_SERVER].host, &e->host[1]);
    known.leaf_count = 2;
    ak_case_hosts_meet(&e->h, &e->k.c, &known, e->side);
    assert_null(e->side[AK_SIDE_SERVER].host);
    /* No digit, one too few, one too many. */
    e->k.tls.chain_count = 1;
    e->instance[1].certificate[5] = 'g';
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    (void)snprintf(e->instance[1].certificate, sizeof e->instance[1].certificate, "%.39s", digits);
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    (void)snprintf(e->instance[1].certificate, sizeof e->instance[1].certificate, "%s0", digits);
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

/* The better evidence wins over the poorer one. */
static void an_address_counts_more_than_a_name(void **state)
{
    (void)state;
    e->k.tls.server_name = (char *)(uintptr_t) "sql01";
    is_named(0, "SQL01");
    has_address_of(2, AK_SIDE_SERVER);
    assert_side(AK_SIDE_SERVER, 2, AK_MET_BY_ADDRESS);
}

static void another_version_is_another_machine(void **state)
{
    (void)state;
    has_address_of(0, AK_SIDE_SERVER);
    has_sql(0, "13.0.5026.0");
    e->k.tds.has_server_version = true;
    e->k.tds.server_version[0] = 13;
    assert_side(AK_SIDE_SERVER, 0, AK_MET_BY_ADDRESS);
    assert_false(ak_case_runs_another(&e->host[0], &e->k.c));
    e->k.tds.server_version[0] = 15;
    assert_true(ak_case_runs_another(&e->host[0], &e->k.c));
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    assert_false(ak_case_runs_another(&e->host[1], &e->k.c)); /* no SQL Server at all */
    e->k.tds.has_server_version = false;
    assert_false(ak_case_runs_another(&e->host[0], &e->k.c));
    e->k.c.tds = NULL;
    assert_false(ak_case_runs_another(&e->host[0], &e->k.c));
}

static void the_instance_of_the_version(void **state)
{
    static struct ak_sql_instance two[2];
    (void)state;
    memset(two, 0, sizeof two);
    (void)snprintf(two[0].version, sizeof two[0].version, "13.0.5026.0");
    (void)snprintf(two[1].version, sizeof two[1].version, "12.0.1.0");
    (void)snprintf(two[1].patch_level, sizeof two[1].patch_level, "15.0.4153.1");
    e->host[0].instances = two;
    e->host[0].instance_count = 2;
    e->k.tds.has_server_version = true;
    e->k.tds.server_version[0] = 13;
    assert_ptr_equal(ak_case_instance(&e->host[0], &e->k.c), &two[0]);
    e->k.tds.server_version[0] = 15; /* the patch level counts, not what setup wrote */
    assert_ptr_equal(ak_case_instance(&e->host[0], &e->k.c), &two[1]);
    assert_null(ak_case_instance(&e->host[1], &e->k.c));
}

/* ---- who is left ---- */

static void the_one_with_sql_server_is_left(void **state)
{
    (void)state;
    has_sql(1, "15.0.2000.5");
    e->h.one[AK_SIDE_SERVER] = true;
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION);
    assert_side(AK_SIDE_CLIENT, -1, AK_MET_BY_NOTHING); /* many clients */
    e->h.one[AK_SIDE_SERVER] = false;                   /* several servers */
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    e->h.one[AK_SIDE_SERVER] = true;
    e->k.c.protocol = AK_PROTOCOL_TLS; /* a web server, then: which machine is one? */
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    e->k.c.protocol = AK_PROTOCOL_TDS8;
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION);
    has_sql(2, "15.0.2000.5"); /* two may be it */
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    /* Unless the user said that one is not, be it that of two clients none can be told. */
    e->h.roles.folder[AK_SIDE_CLIENT] = "case/c";
    e->host[0].sources[0].file = "case/c/another.reg";
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION);
}

static void the_client_is_left_when_the_server_is_known(void **state)
{
    (void)state;
    e->h.one[AK_SIDE_CLIENT] = true;
    e->h.count = 2;
    assert_side(AK_SIDE_CLIENT, -1, AK_MET_BY_NOTHING);
    has_address_of(0, AK_SIDE_SERVER);
    assert_side(AK_SIDE_CLIENT, 1, AK_MET_BY_ELIMINATION);
    e->h.count = 3; /* two are left */
    assert_side(AK_SIDE_CLIENT, -1, AK_MET_BY_NOTHING);
    has_address_of(2, AK_SIDE_SERVER);
    e->host[2].address[0].address[3]++; /* of another address: not that one */
    assert_side(AK_SIDE_CLIENT, 1, AK_MET_BY_ELIMINATION);
}

static void one_machine_talks_to_itself(void **state)
{
    (void)state;
    e->k.c.end[AK_SIDE_CLIENT] = e->k.c.end[AK_SIDE_SERVER];
    e->k.c.end[AK_SIDE_CLIENT].port = 50000;
    has_address_of(1, AK_SIDE_SERVER);
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ADDRESS);
    assert_side(AK_SIDE_CLIENT, 1, AK_MET_BY_ADDRESS);
    e->host[1].address_count = 0;
    has_sql(1, "");
    e->h.one[AK_SIDE_SERVER] = true;
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION);
    assert_side(AK_SIDE_CLIENT, 1, AK_MET_BY_ELIMINATION);
    /* The name that it calls itself as a client does not keep it from being the server. */
    is_named(1, "SQL01");
    e->k.tds.host = (char *)(uintptr_t) "SQL01";
    assert_side(AK_SIDE_CLIENT, 1, AK_MET_BY_NAME);
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION);
}

/* ---- what the user said ---- */

static void folders_of_the_user(void **state)
{
    struct ak_roles roles = {{"case/a", "case/b/"}};
    (void)state;
    assert_int_equal(ak_roles_of(&roles, "case/a/x.reg"), AK_SIDE_CLIENT);
    assert_int_equal(ak_roles_of(&roles, "case/a"), AK_SIDE_CLIENT);
    assert_int_equal(ak_roles_of(&roles, "case/b/sub/x.reg"), AK_SIDE_SERVER);
    assert_int_equal(ak_roles_of(&roles, "case/ab/x.reg"), AK_SIDE_NONE);
    assert_int_equal(ak_roles_of(&roles, "x/case/a/x.reg"), AK_SIDE_NONE);
    roles.folder[AK_SIDE_SERVER] = "case/a/server"; /* the inner one counts */
    assert_int_equal(ak_roles_of(&roles, "case/a/server/x.reg"), AK_SIDE_SERVER);
    assert_int_equal(ak_roles_of(&roles, "case/a/x.reg"), AK_SIDE_CLIENT);
    roles.folder[AK_SIDE_CLIENT] = "case/b/client";
    roles.folder[AK_SIDE_SERVER] = "case/b";
    assert_int_equal(ak_roles_of(&roles, "case/b/client/x.reg"), AK_SIDE_CLIENT);
    roles.folder[AK_SIDE_CLIENT] = "/";
    assert_int_equal(ak_roles_of(&roles, "/any/x.reg"), AK_SIDE_CLIENT);
    roles.folder[AK_SIDE_CLIENT] = "";
    assert_int_equal(ak_roles_of(&roles, "x.reg"), AK_SIDE_NONE);
    roles.folder[AK_SIDE_CLIENT] = NULL;
    assert_int_equal(ak_roles_of(&roles, "x.reg"), AK_SIDE_NONE);
    e->h.roles.folder[AK_SIDE_SERVER] = "case/b";
    assert_int_equal(ak_case_role(&e->host[1], &e->h.roles), AK_SIDE_SERVER);
    e->host[1].source_count = 0;
    assert_int_equal(ak_case_role(&e->host[1], &e->h.roles), AK_SIDE_NONE);
}

static void what_the_user_said_goes_first(void **state)
{
    (void)state;
    e->h.roles.folder[AK_SIDE_SERVER] = "case/b";
    has_address_of(0, AK_SIDE_SERVER);
    e->h.one[AK_SIDE_SERVER] = true;
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_USER);
    /* A machine of that role is never the other side. */
    has_address_of(1, AK_SIDE_CLIENT);
    assert_side(AK_SIDE_CLIENT, -1, AK_MET_BY_NOTHING);
}

/* Several servers in the trace: which of them the user's machine is, its addresses tell. */
static void a_role_among_several_addresses(void **state)
{
    (void)state;
    e->h.roles.folder[AK_SIDE_SERVER] = "case/b";
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_ELIMINATION); /* TDS, and no address is known */
    has_address_of(1, AK_SIDE_SERVER);
    assert_side(AK_SIDE_SERVER, 1, AK_MET_BY_USER);
    e->host[1].address[0].address[3]++;
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
    e->host[1].address_count = 0;
    e->k.c.protocol = AK_PROTOCOL_TLS;
    assert_side(AK_SIDE_SERVER, -1, AK_MET_BY_NOTHING);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_known),
        TEST(by_address),
        TEST(other_addresses_rule_out),
        TEST(by_name),
        TEST(by_certificate),
        TEST(an_address_counts_more_than_a_name),
        TEST(another_version_is_another_machine),
        TEST(the_instance_of_the_version),
        TEST(the_one_with_sql_server_is_left),
        TEST(the_client_is_left_when_the_server_is_known),
        TEST(one_machine_talks_to_itself),
        TEST(folders_of_the_user),
        TEST(what_the_user_said_goes_first),
        TEST(a_role_among_several_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
