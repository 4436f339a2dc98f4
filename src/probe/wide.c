/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/ladder.h"

#include "model/windows.h"

#include "base/banned.h"

enum { SUITES = 64 }; /* old stacks refuse a longer list (nmap's CHUNK_SIZE, IIS 6) */

/* What no Windows has but other servers may have alone. */
static const uint16_t others[] = {0xcca8, 0xcca9, 0xccaa, 0x1303};

static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101, 0x0102};

static const uint16_t schemes[] = {0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a,
                                   0x080b, 0x0807, 0x0808, 0x0401, 0x0501, 0x0601, 0x0303, 0x0301,
                                   0x0203, 0x0201, 0x0402, 0x0502, 0x0602, 0x0302, 0x0202, 0x0101};

/* A suite that says nothing about its peer (NULL, anonymous, PSK) is no answer to "why". */
static bool serves(uint16_t code)
{
    const struct ak_cipher_suite *s = ak_cipher_suite_find(code);
    return s != NULL && s->authentication != AK_AUTH_NULL && s->authentication != AK_AUTH_PSK &&
           s->cipher != AK_CIPHER_NULL && s->key_exchange != AK_KX_OTHER;
}

void ak_party_wide(struct ak_party *party)
{
    const struct ak_windows *system;
    size_t systems = 0;
    ak_party_init(party, "wide", AK_SIDE_CLIENT, AK_STACK_OPENSSL);
    ak_party_version_range(party, AK_PARTY_TLS10, AK_PARTY_TLS13, "offered");
    while (ak_windows_at(systems) != NULL)
        systems++;
    while (systems-- != 0) { /* the newest first: what they prefer leads the list */
        system = ak_windows_at(systems);
        for (size_t i = 0; i < system->suite_count; i++)
            if (serves(system->suites[i].code) && party->suite_count < SUITES - AK_COUNT(others))
                (void)ak_party_suite_add(party, system->suites[i].code, true);
    }
    for (size_t i = 0; i < AK_COUNT(others); i++)
        (void)ak_party_suite_add(party, others[i], true);
    for (size_t i = 0; i < AK_COUNT(groups); i++)
        (void)ak_party_list_add(&party->groups, groups[i], true);
    for (size_t i = 0; i < AK_COUNT(schemes); i++)
        (void)ak_party_list_add(&party->schemes, schemes[i], true);
    party->extended_master_secret = AK_NEED_SUPPORTED;
    party->renegotiation_info = AK_NEED_SUPPORTED;
}
