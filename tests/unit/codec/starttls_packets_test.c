/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/starttls.h"

#include "base/attr.h"
#include "support/clear_talk.h"

static void packets_are_understood(void **state)
{
    (void)state;
    static const struct step ldap[] = {
        {C, "301d 020105 7718 8016 '1.3.6.1.4.1.1466.20037'", AK_CLEAR_ASK, NULL},
        {S, "300c 020104 7807 0a0100 0400 0400", AK_CLEAR_TEXT, NULL}, /* another's answer */
        {S, "300c 020105 7807 0a0135 0400 0400", AK_CLEAR_REFUSE, "53"},
        {C, "3084 00000005 020106 42 00", AK_CLEAR_BYE, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step postgresql[] = {
        {C, "00000008 04d21630", AK_CLEAR_TEXT, NULL},
        {S, "'N'", AK_CLEAR_TEXT, NULL},
        {C, "00000008 04d2162f", AK_CLEAR_ASK, NULL},
        {S, "'N'", AK_CLEAR_REFUSE, "N"},
        {C, "58 00000004", AK_CLEAR_BYE, NULL},
        {C, "00000008 04d2162f", AK_CLEAR_ASK, NULL},
        {S, "'S'", AK_CLEAR_ACCEPT, "S"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step mysql[] = {
        {S, "1e000000 0a '8' 00 0c000000 31*8 00 0008 00*12", AK_CLEAR_OFFER, NULL},
        {C, "20000001 85aeff19 00000001 ff 00*23", AK_CLEAR_ACCEPT, ""},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step mysql_clear[] = {
        {S, "1e000000 0a '8' 00 0c000000 31*8 00 0000 00*12", AK_CLEAR_TEXT, NULL},
        {C, "20000001 85a6ff19 00000001 ff 00*23", AK_CLEAR_END, NULL},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    static const struct step rdp[] = {
        {C, "03000013 0ee00000000000 01000800 03000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 03000800 06000000", AK_CLEAR_REFUSE,
         "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 03000800 09000000", AK_CLEAR_REFUSE, "9"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "0300000b 06d00000123400", AK_CLEAR_REFUSE, "rdp"},
        {C, "03000013 0ee00000000000 01000800 01000000", AK_CLEAR_ASK, NULL},
        {S, "03000013 0ed00000123400 02000800 08000000", AK_CLEAR_ACCEPT, "hybrid_ex"},
        {0, NULL, AK_CLEAR_TEXT, NULL},
    };
    const struct step *const all[] = {ldap, postgresql, mysql, mysql_clear, rdp};
    for (size_t i = 0; i < AK_COUNT(all); i++)
        play(all[i]);
}

static void damage_is_survived(void **state)
{
    (void)state;
    static const struct first_unit rows[] = {
        {C, "301d02010177188016 '1.3.6.1.4.1.1466.20037'"},
        {C, "00000008 04d2162f"},
        {S, "4a000000 0a '8.0.36' 00 0c000000 31*8 00 ffff"},
        {C, "03000013 0ee00000000000 01000800 0b000000"},
    };
    survive_damage(rows, AK_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_understood),
        cmocka_unit_test(damage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
