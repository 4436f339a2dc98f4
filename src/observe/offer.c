/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/offer.h"

#include "base/banned.h"

static const uint16_t codes[AK_OFFER_VERSIONS] = {0x0200, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304};

size_t ak_offer_version_at(uint16_t code)
{
    size_t at = 0;
    while (at < AK_OFFER_VERSIONS && codes[at] != code)
        at++;
    return at;
}

uint16_t ak_offer_version_code(size_t at)
{
    return at < AK_OFFER_VERSIONS ? codes[at] : 0;
}

const char *ak_tried_name(enum ak_tried tried)
{
    static const char *const names[] = {"not-tried", "accepted", "refused", "unclear"};
    return names[tried];
}

const char *ak_hello_part_name(enum ak_hello_part part)
{
    static const char *const names[] = {"versions",
                                        "cipher-suites",
                                        "signature-algorithms",
                                        "groups",
                                        "extended-master-secret",
                                        "renegotiation-info",
                                        "server-name",
                                        "alpn"};
    return names[part];
}

const char *ak_zero_verdict_name(enum ak_zero_verdict verdict)
{
    static const char *const names[] = {"not-tried",  "no-dhe",     "correct",
                                        "keeps-zero", "refuses-yc", "not-shown"};
    return names[verdict];
}
