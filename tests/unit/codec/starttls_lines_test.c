/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include "base/attr.h"
#include "support/clear_talk.h"

static void lines_are_understood(void **state)
{
    (void)state;
    static const struct step smtp[] = {
        {S, "'220 mx ESMTP' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'EHLO me' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'StartTLS' 0d0a", AK_CLEAR_ASK, NULL}, /* both before an answer */
        {S, "'250-STARTTLS' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'250 HELP' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'220-2.0.0 a' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'220 go' 0d0a", AK_CLEAR_ACCEPT, "220"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step refused[] = {
        {S, "'220 x' 0a", AK_CLEAR_TEXT, NULL},
        {C, "'EHLO me' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'250 STARTTLS' 0d0a", AK_CLEAR_OFFER, NULL},
        {C, "'STARTTLS now' 0d0a", AK_CLEAR_TEXT, NULL}, /* takes no argument */
        {S, "'501 no' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'454 no' 0d0a", AK_CLEAR_REFUSE, "454"},
        {C, "'STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'220' 0a", AK_CLEAR_ACCEPT, "220"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step imap[] = {
        {S, "'* OK [CAPABILITY STARTTLS] x' 0d0a", AK_CLEAR_OFFER, NULL},
        {C, "'a STARTTLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'* CAPABILITY' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'ab OK x' 0d0a", AK_CLEAR_TEXT, NULL},
        {S, "'a NO not now' 0d0a", AK_CLEAR_REFUSE, "NO"},
        {C, "'b LOGOUT' 0d0a", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step pop3[] = {
        {S, "'+OK' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'STLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'-ERR no' 0d0a", AK_CLEAR_REFUSE, "-ERR"},
        {C, "'QUIT' 0d0a", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step ftp[] = {
        {S, "'220 x' 0d0a", AK_CLEAR_TEXT, NULL},
        {C, "'AUTH TLS' 0d0a", AK_CLEAR_ASK, NULL},
        {S, "'234 go' 0d0a", AK_CLEAR_ACCEPT, "234"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step xmpp[] = {
        {C, "'<stream:stream xmlns=jabber:client>'", AK_CLEAR_TEXT, NULL},
        {S, "'<starttls xmlns=a>'", AK_CLEAR_OFFER, NULL},
        {S, "'<proceed/>'", AK_CLEAR_TEXT, NULL}, /* nobody asked */
        {C, "'<starttls/>'", AK_CLEAR_ASK, NULL},
        {S, "'<proceedx/>'", AK_CLEAR_TEXT, NULL},
        {S, "'<proceed xmlns=a/>'", AK_CLEAR_ACCEPT, "proceed"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {smtp, refused, imap, pop3, ftp, xmpp};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const struct first_unit rows[] = {
        {S, "'220 mx ESMTP' 0d0a"},
        {C, "'a1 CAPABILITY' 0d0a"},
        {S, "'+OK ready' 0d0a"},
        {C, "'AUTH TLS' 0d0a"},
    };
    survive_damage(rows, AK_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_understood),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
