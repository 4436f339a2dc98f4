/* SPDX-License-Identifier: Apache-2.0 */
#include "model/gss_names.h"

#include <stddef.h>

#include "base/attr.h"

#include "base/banned.h"

const char *ak_gss_mechanism_name(enum ak_gss_mechanism mechanism)
{
    static const char *const names[AK_GSS_MECHANISMS] = {
        "none", "spnego", "kerberos", "kerberos-user-to-user", "ntlm", "negoex"};
    return names[mechanism];
}

const char *ak_kerberos_message_name(enum ak_kerberos_message message)
{
    static const char *const names[AK_KERBEROS_MESSAGES] = {"none", "AP-REQ", "AP-REP",
                                                            "KRB-ERROR"};
    return names[message];
}

const char *ak_spnego_state_name(unsigned state)
{
    static const char *const names[AK_SPNEGO_STATES] = {"accept-completed", "accept-incomplete",
                                                        "reject", "request-mic"};
    return state < AK_SPNEGO_STATES ? names[state] : "unknown";
}

const char *ak_kerberos_error_name(int32_t code)
{
    static const struct {
        int32_t code;
        const char *name;
    } rows[] = {
        {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"}, {14, "KDC_ERR_ETYPE_NOSUPP"},
        {32, "KRB_AP_ERR_TKT_EXPIRED"},     {37, "KRB_AP_ERR_SKEW"},
        {41, "KRB_AP_ERR_MODIFIED"},        {44, "KRB_AP_ERR_BADKEYVER"},
        {45, "KRB_AP_ERR_NOKEY"},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].code == code)
            return rows[i].name;
    return NULL;
}
