/* What the tests of reports share: the text that was written, what is in it, a finding. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_REPORT_H
#define AK_TESTS_SUPPORT_REPORT_H

#include "base/text.h"
#include "report/text_report.h"
#include "support/case.h"

static struct ak_text out;

/* For cmocka_run_group_tests. */
static inline int begin_output(void **state)
{
    (void)state;
    ak_text_init(&out, 8 * 1024 * 1024);
    return 0;
}

static inline int end_output(void **state)
{
    (void)state;
    ak_text_release(&out);
    return 0;
}

static inline const char *text(void)
{
    return ak_text_string(&out);
}

static inline void assert_has(const char *part)
{
    if (strstr(text(), part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text());
}

static inline void assert_has_not(const char *part)
{
    if (strstr(text(), part) != NULL)
        fail_msg("'%s' is in:\n%s", part, text());
}

/* Of one conversation, 7 of a.pcap: 192.0.2.5 at 192.0.2.9. */
static inline struct ak_finding finding_of(const char *rule)
{
    static const uint8_t client[4] = {192, 0, 2, 5}, server[4] = {192, 0, 2, 9};
    struct ak_finding f;
    memset(&f, 0, sizeof f);
    memcpy(f.id, "f-0123456789abcdef", 19);
    f.rule = ak_rule_find(rule);
    f.severity = f.rule->severity;
    f.grade = AK_GRADE_LIKELY;
    f.side = AK_CHANGE_SERVER;
    f.server.version = f.client.version = 4;
    memcpy(f.server.address, server, 4);
    memcpy(f.client.address, client, 4);
    f.server.port = 1433;
    f.client.port = 50000;
    f.count = 1;
    f.clients = 1;
    f.first = f.last = known_start;
    static const struct ak_source source = {"a.pcap", 1, NULL, NULL, 0};
    f.source = &source;
    f.sample = 7;
    f.stage = AK_STAGE_P3;
    f.close = AK_CLOSE_RST;
    f.protocol = AK_PROTOCOL_TDS;
    return f;
}

#endif
