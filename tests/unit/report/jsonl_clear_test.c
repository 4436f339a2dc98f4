/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_clear.h"

#include "support/json_check.h"
#include "support/report.h"

static struct ak_conversation talk;
static struct ak_clear_seen seen;

static const char *object(void)
{
    struct ak_json json = {&out, false}, *j = &json;
    ak_text_clear(&out);
    ak_json_open(j, '{');
    ak_jsonl_clear(&talk, j);
    ak_json_close(j, '}');
    assert_json(text());
    return text();
}

static void nothing_said_is_nothing_written(void **state)
{
    (void)state;
    memset(&talk, 0, sizeof talk);
    assert_string_equal(object(), "{}");
    memset(&seen, 0, sizeof seen);
    talk.clear = &seen;
    assert_string_equal(object(), "{}");
}

static void a_refused_starttls(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    talk.clear = &seen;
    seen.service = AK_SERVICE_RDP;
    seen.starttls = AK_STARTTLS_REFUSED;
    (void)snprintf(seen.starttls_answer, sizeof seen.starttls_answer, "SSL_CERT_NOT_ON_SERVER");
    seen.rdp_requested = 3;
    const char *json = object();
    assert_json_at(json, "service", "\"rdp\"");
    assert_json_at(json, "starttls", "\"refused\"");
    assert_json_at(json, "starttls_answer", "\"SSL_CERT_NOT_ON_SERVER\"");
    assert_json_at(json, "rdp_requested[0]", "\"ssl\"");
    assert_json_at(json, "rdp_requested[1]", "\"hybrid\"");
}

static void proxies_one_behind_the_other(void **state)
{
    (void)state;
    char host[] = "a\"b", client[] = "192.0.2.5";
    memset(&seen, 0, sizeof seen);
    talk.clear = &seen;
    seen.proxy = AK_PROXY_CONNECT;
    seen.proxy_host = host;
    seen.proxy_port = 1433;
    const char *json = object();
    assert_json_at(json, "proxy.kind", "\"connect\"");
    assert_json_at(json, "proxy.host", "\"a\\\"b\"");
    assert_json_at(json, "proxy.port", "1433");
    assert_null(json_at(json, "proxy.granted")); /* no answer was seen */
    seen.proxy_answered = true;
    seen.proxy_code = 502;
    seen.proxy_client = client;
    seen.proxy_client_port = 50001;
    seen.behind[0] = AK_PROXY_HEADER;
    seen.behind_count = 1;
    json = object();
    assert_json_at(json, "proxy.granted", "false");
    assert_json_at(json, "proxy.code", "502");
    assert_json_at(json, "proxy.client_ip", "\"192.0.2.5\"");
    assert_json_at(json, "proxy.behind[0]", "\"proxy-protocol\"");
}

static void what_a_mirroring_endpoint_embeds(void **state)
{
    (void)state;
    char domain[] = "CORP";
    memset(&seen, 0, sizeof seen);
    talk.clear = &seen;
    seen.service = AK_SERVICE_MIRRORING;
    seen.ntlm_domain = domain;
    seen.gss.first.frame = 4;
    seen.gss.offered = 1u << AK_GSS_KERBEROS | 1u << AK_GSS_NTLM;
    seen.gss.chosen = AK_GSS_KERBEROS;
    seen.gss.has_state = true;
    seen.gss.state = AK_SPNEGO_REJECT;
    seen.gss.kerberos = AK_KERBEROS_ERROR;
    seen.gss.error = 14;
    seen.stall = INT64_C(16001) * 1000000;
    const char *json = object();
    assert_json_at(json, "ntlm.domain", "\"CORP\"");
    assert_null(json_at(json, "ntlm.user"));
    assert_json_at(json, "spnego.offered[1]", "\"ntlm\"");
    assert_json_at(json, "spnego.chosen", "\"kerberos\"");
    assert_json_at(json, "spnego.state", "\"reject\"");
    assert_json_at(json, "spnego.kerberos", "\"KRB-ERROR\"");
    assert_json_at(json, "spnego.kerberos_error", "14");
    assert_json_at(json, "stall_ms", "16001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_said_is_nothing_written),
        cmocka_unit_test(a_refused_starttls),
        cmocka_unit_test(proxies_one_behind_the_other),
        cmocka_unit_test(what_a_mirroring_endpoint_embeds),
    };
    return cmocka_run_group_tests(tests, begin_output, end_output);
}
