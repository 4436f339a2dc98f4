/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "diagnose/client_program.h"
#include "model/programs.h"
#include "observe/process.h"

/* A client whose hello of TLS 1.0 the server closed, and its machine. */
struct setting {
    struct ak_process_note note;
    struct ak_source source;
    struct ak_conversation talk;
    struct ak_hello_shape hello;
    struct ak_client_known client;
    struct ak_met met;
    struct ak_host host;
    struct ak_host_suite suites[4];
    struct ak_host_driver drivers[1];
    struct ak_view view;
};

static const uint16_t offered[] = {0xc014, 0xc013, 0x0035, 0x00ff};

static void address(struct ak_endpoint *to, uint8_t last, uint16_t port)
{
    memset(to, 0, sizeof *to);
    to->version = 4;
    to->address[0] = 192;
    to->address[3] = last;
    to->port = port;
}

static void begin(struct setting *s, const char *program)
{
    static const uint16_t list[] = {0xc030, 0xc014, 0xc013, 0x0035};
    memset(s, 0, sizeof *s);
    address(&s->talk.end[AK_SIDE_CLIENT], 5, 50000);
    address(&s->talk.end[AK_SIDE_SERVER], 9, 443);
    s->note.version = 4;
    s->note.local_port = 50000;
    s->note.remote_port = 443;
    memcpy(s->note.local, s->talk.end[AK_SIDE_CLIENT].address, 16);
    memcpy(s->note.remote, s->talk.end[AK_SIDE_SERVER].address, 16);
    s->note.path = (char *)(uintptr_t)program;
    s->source.file = "trace.cap";
    s->source.processes = &s->note;
    s->source.process_count = program != NULL;
    s->talk.source = &s->source;
    s->talk.stage = AK_STAGE_P3;
    s->talk.outcome = AK_OUTCOME_FAILED;
    s->talk.closed_by = AK_SIDE_SERVER;
    s->talk.close = AK_CLOSE_FIN;
    s->talk.protocol = AK_PROTOCOL_TLS;
    s->hello.max_version = 0x0301;
    s->hello.cipher_suites.values = offered;
    s->hello.cipher_suites.count = 4;
    s->view.c = &s->talk;
    s->view.hello = &s->hello;
    s->view.client = &s->client;
    for (size_t i = 0; i < 4; i++) {
        s->suites[i].code = list[i];
        s->suites[i].supported = true;
    }
    s->host.suites = s->suites;
    s->host.suite_count = 4;
    s->host.suites_origin = AK_LIST_OS_DEFAULT;
    s->host.schannel_known = true;
    s->host.os_confidence = AK_CONFIDENCE_HIGH;
    s->host.protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS10].state = AK_PROTOCOL_STATE_ON;
    s->host.protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state = AK_PROTOCOL_STATE_ON;
}

/* The machine's registry is known by its address. */
static void with_registry(struct setting *s)
{
    s->met.side[AK_SIDE_CLIENT].host = &s->host;
    s->met.side[AK_SIDE_CLIENT].by = AK_MET_BY_ADDRESS;
    s->view.met = &s->met;
}

static void with_driver(struct setting *s, const char *name, const char *version)
{
    s->host.drivers = s->drivers;
    s->host.driver_count = 1;
    (void)snprintf(s->drivers[0].name, sizeof s->drivers[0].name, "%s", name);
    (void)snprintf(s->drivers[0].version, sizeof s->drivers[0].version, "%s", version);
}

/* Programs for 4.0 to 4.5.2 offer this; `release` is the newest framework. */
static void with_dotnet(struct setting *s, unsigned offer, uint32_t release)
{
    s->host.dotnet.known = true;
    s->host.dotnet.installed[0].release = release;
    s->host.dotnet.installed_count = 1;
    for (unsigned b = 0; b < AK_BITNESSES; b++) {
        s->host.dotnet.settings_known[b] = true;
        s->host.dotnet.defaults[b][AK_DOTNET_TARGET_45].runs = true;
        s->host.dotnet.defaults[b][AK_DOTNET_TARGET_45].asked = (uint16_t)offer;
        s->host.dotnet.defaults[b][AK_DOTNET_TARGET_45].offered = (uint16_t)offer;
    }
}

static enum ak_grade driver(const struct setting *s)
{
    struct ak_match m;
    memset(&m, 0, sizeof m);
    m.grade = AK_GRADE_LIKELY;
    ak_weigh_driver(&s->view, &m);
    return m.grade;
}

static enum ak_grade dotnet(const struct setting *s)
{
    struct ak_match m;
    return ak_weigh_dotnet(&s->view, AK_ANSWER_LACK, &m) == AK_ANSWER_YES ? m.grade : AK_GRADE_NONE;
}

static void names_of_programs(void **state)
{
    (void)state;
    assert_int_equal(ak_program_tls_of("C:\\x\\SQLCMD.EXE"), AK_PROGRAM_TLS_WINDOWS);
    assert_int_equal(ak_program_tls_of("sqlcmd.exe"), AK_PROGRAM_TLS_WINDOWS);
    assert_int_equal(ak_program_tls_of("C:\\x\\powershell.exe"), AK_PROGRAM_TLS_DOTNET);
    assert_int_equal(ak_program_tls_of("C:\\x\\mysqlcmd.exe"), AK_PROGRAM_TLS_UNKNOWN);
    assert_int_equal(ak_program_tls_of("C:\\x\\sqlcmd.exe2"), AK_PROGRAM_TLS_UNKNOWN);
    assert_int_equal(ak_program_tls_of("java.exe"), AK_PROGRAM_TLS_UNKNOWN);
    assert_int_equal(ak_program_tls_of(""), AK_PROGRAM_TLS_UNKNOWN);
}

static void the_program_proves(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, "C:\\x\\sqlcmd.exe");
    assert_string_equal(ak_client_program(&s.talk), "C:\\x\\sqlcmd.exe");
    assert_int_equal(driver(&s), AK_GRADE_LIKELY); /* can Windows do better? */
    s.client.max_version = 0x0303;                 /* a browser may have a TLS of its own */
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.client.windows_version = 0x0303;
    assert_int_equal(driver(&s), AK_GRADE_CERTAIN);
    begin(&s, "C:\\x\\java.exe");
    s.client.windows_version = 0x0303;
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    /* Recorded on the server: the note is of its program. */
    begin(&s, "C:\\x\\sqlservr.exe");
    s.client.windows_version = 0x0303;
    address(&s.talk.end[AK_SIDE_CLIENT], 9, 443);
    address(&s.talk.end[AK_SIDE_SERVER], 5, 50000);
    assert_null(ak_client_program(&s.talk));
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    begin(&s, NULL);
    assert_null(ak_client_program(&s.talk));
}

static void the_list_of_drivers_proves(void **state)
{
    (void)state;
    struct setting s;
    begin(&s, NULL);
    with_registry(&s);
    with_driver(&s, "SQLNCLI10", "10.50.1600.1");
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10 | AK_SCHANNEL_VERSION_TLS12, 528049);
    assert_int_equal(driver(&s), AK_GRADE_CERTAIN);
    s.host.only_reports = true; /* SQLCHECK does not tell all */
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.host.only_reports = false;
    s.met.side[AK_SIDE_CLIENT].by = AK_MET_BY_NAME;
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.met.side[AK_SIDE_CLIENT].by = AK_MET_BY_ADDRESS;
    s.suites[1].removed = AK_WHY_FIPS; /* the hello is not this Windows' own */
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.suites[1].removed = AK_WHY_OS_DEFAULT;
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10, 528049); /* it may have been .NET */
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.host.dotnet.known = false;
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS12, 528049);
    s.host.protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state = AK_PROTOCOL_STATE_OFF;
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    s.host.protocols[AK_SCHANNEL_CLIENT][AK_SCHANNEL_PROTOCOL_TLS12].state = AK_PROTOCOL_STATE_ON;
    with_driver(&s, "ODBC Driver 17 for SQL Server", "17.10.3.1");
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
    with_driver(&s, "SQLNCLI11", ""); /* it may be of a build that has TLS 1.2 */
    assert_int_equal(driver(&s), AK_GRADE_LIKELY);
}

static void dotnet_by_default(void **state)
{
    (void)state;
    enum { RELEASE_452 = 379893, RELEASE_472 = 461814 };
    struct setting s;
    begin(&s, "C:\\x\\powershell.exe");
    assert_int_equal(dotnet(&s), AK_GRADE_NONE);
    with_registry(&s);
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10, RELEASE_452);
    assert_int_equal(dotnet(&s), AK_GRADE_LIKELY);
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10, RELEASE_472); /* of which target is it? */
    assert_int_equal(dotnet(&s), AK_GRADE_LIKELY);
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10, RELEASE_452);
    s.source.process_count = 0;
    assert_int_equal(dotnet(&s), AK_GRADE_LIKELY);
    s.talk.protocol = AK_PROTOCOL_TDS; /* drivers do not go by these values */
    assert_int_equal(dotnet(&s), AK_GRADE_POSSIBLE);
    s.talk.protocol = AK_PROTOCOL_TLS;
    with_driver(&s, "SQLNCLI10", "10.50.1600.1");
    assert_int_equal(dotnet(&s), AK_GRADE_POSSIBLE);
    with_driver(&s, "SQLNCLI11", "");
    assert_int_equal(dotnet(&s), AK_GRADE_POSSIBLE);
    s.host.driver_count = 0;
    s.hello.max_version = 0x0302; /* not what .NET would offer */
    assert_int_equal(dotnet(&s), AK_GRADE_NONE);
    s.hello.max_version = 0x0301;
    s.talk.closed_by = AK_SIDE_CLIENT;
    assert_int_equal(dotnet(&s), AK_GRADE_NONE);
    s.talk.closed_by = AK_SIDE_SERVER;
    with_dotnet(&s, AK_SCHANNEL_VERSION_TLS10 | AK_SCHANNEL_VERSION_TLS12, RELEASE_452);
    assert_int_equal(dotnet(&s), AK_GRADE_NONE); /* SchUseStrongCrypto is set */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_programs),
        cmocka_unit_test(the_program_proves),
        cmocka_unit_test(the_list_of_drivers_proves),
        cmocka_unit_test(dotnet_by_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
