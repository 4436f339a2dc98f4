/* SPDX-License-Identifier: Apache-2.0 */
#include "report/jsonl_clear.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

static void write_rdp(const struct ak_clear_seen *clear, struct ak_json *j)
{
    if (clear->rdp_requested == 0)
        return;
    ak_json_key(j, "rdp_requested");
    ak_json_open(j, '[');
    for (unsigned bit = 0; bit < AK_RDP_PROTOCOLS; bit++)
        if (clear->rdp_requested >> bit & 1) {
            ak_json_separate(j);
            ak_json_text(j, ak_rdp_protocol_name(bit));
        }
    ak_json_close(j, ']');
}

static void write_proxy(const struct ak_clear_seen *clear, struct ak_json *j)
{
    ak_json_key(j, "proxy");
    ak_json_open(j, '{');
    ak_json_member_word(j, "kind", ak_proxy_name(clear->proxy));
    if (clear->proxy_host != NULL) {
        ak_json_member_text(j, "host", clear->proxy_host);
        ak_json_member_u64(j, "port", clear->proxy_port);
    }
    if (clear->proxy_answered) {
        ak_json_member_bool(j, "granted", clear->proxy_granted);
        ak_json_member_u64(j, "code", clear->proxy_code);
    }
    if (clear->proxy_client != NULL) {
        ak_json_member_text(j, "client_ip", clear->proxy_client);
        ak_json_member_u64(j, "client_port", clear->proxy_client_port);
    }
    if (clear->behind_count != 0) {
        ak_json_key(j, "behind");
        ak_json_open(j, '[');
        for (size_t i = 0; i < clear->behind_count; i++) {
            ak_json_separate(j);
            ak_json_text(j, ak_proxy_name(clear->behind[i]));
        }
        ak_json_close(j, ']');
    }
    ak_json_close(j, '}');
}

static void write_ntlm(const struct ak_clear_seen *clear, struct ak_json *j)
{
    const struct {
        const char *key, *value;
    } rows[] = {
        {"server", clear->ntlm_server},
        {"domain", clear->ntlm_domain},
        {"user", clear->ntlm_user},
        {"workstation", clear->ntlm_workstation},
    };
    bool any = false;
    for (size_t i = 0; i < AK_COUNT(rows); i++) {
        if (rows[i].value == NULL)
            continue;
        if (!any) {
            ak_json_key(j, "ntlm");
            ak_json_open(j, '{');
        }
        any = true;
        ak_json_key_n(j, rows[i].key, strlen(rows[i].key));
        ak_json_text(j, rows[i].value);
    }
    if (any)
        ak_json_close(j, '}');
}

static void write_gss(const struct ak_gss_seen *gss, struct ak_json *j)
{
    if (gss->first.frame == 0)
        return;
    ak_json_key(j, "spnego");
    ak_json_open(j, '{');
    if (gss->offered != 0) {
        ak_json_key(j, "offered");
        ak_json_open(j, '[');
        for (unsigned i = 1; i < AK_GSS_MECHANISMS; i++)
            if (gss->offered >> i & 1) {
                ak_json_separate(j);
                ak_json_text(j, ak_gss_mechanism_name((enum ak_gss_mechanism)i));
            }
        ak_json_close(j, ']');
    }
    if (gss->chosen != AK_GSS_NONE)
        ak_json_member_word(j, "chosen", ak_gss_mechanism_name(gss->chosen));
    if (gss->has_state)
        ak_json_member_word(j, "state", ak_spnego_state_name(gss->state));
    if (gss->kerberos != AK_KERBEROS_NONE)
        ak_json_member_word(j, "kerberos", ak_kerberos_message_name(gss->kerberos));
    if (gss->error != 0)
        ak_json_member_u64(j, "kerberos_error", (uint64_t)gss->error);
    ak_json_close(j, '}');
}

void ak_jsonl_clear(const struct ak_conversation *c, struct ak_json *j)
{
    enum ak_service service = ak_conversation_service(c);
    if (service != AK_SERVICE_NONE)
        ak_json_member_word(j, "service", ak_service_name(service));
    if (c->clear == NULL)
        return;
    if (c->clear->starttls != AK_STARTTLS_NONE)
        ak_json_member_word(j, "starttls", ak_starttls_name(c->clear->starttls));
    if (c->clear->starttls_answer[0] != '\0')
        ak_json_member_text(j, "starttls_answer", c->clear->starttls_answer);
    write_rdp(c->clear, j);
    write_ntlm(c->clear, j);
    write_gss(&c->clear->gss, j);
    if (c->clear->stall != 0)
        ak_json_member_u64(j, "stall_ms", (uint64_t)c->clear->stall / 1000000);
    if (c->clear->proxy != AK_PROXY_NONE)
        write_proxy(c->clear, j);
}
