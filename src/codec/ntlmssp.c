/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ntlmssp.h"

#include "base/banned.h"

/* "NTLMSSP\0" type(4), then fields of { length(2) room(2) offset(4) }, little-endian:
 * NEGOTIATE     flags(4) domain workstation
 * CHALLENGE     target flags(4) challenge(8) reserved(8) target-info
 * AUTHENTICATE  lm nt domain user workstation key flags(4)
 */

enum { UNICODE = 1, AV_DNS_COMPUTER = 3 };

/* Texts of an OEM or Unicode payload; offsets count from the signature. */
static struct ak_span field(struct ak_reader *r, struct ak_span message)
{
    struct ak_span none = {NULL, 0};
    struct ak_parse inner;
    size_t length = ak_read_le16(r, "length");
    ak_read_skip(r, 2, "room");
    size_t offset = ak_read_le32(r, "offset");
    struct ak_reader all = ak_reader_of(message.bytes, message.size, &inner);
    ak_read_skip(&all, offset, "offset");
    struct ak_span text = ak_read_span(&all, length, "text");
    return ak_reader_ok(r) && ak_reader_ok(&all) ? text : none;
}

/* [MS-NLMP] 2.2.2.1: { id(2) length(2) value }*, id 0 ends them. */
static struct ak_span pair(struct ak_span info, uint16_t wanted)
{
    struct ak_span none = {NULL, 0};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(info.bytes, info.size, &parse);
    while (r.left != 0) {
        uint16_t id = ak_read_le16(&r, "AvId");
        struct ak_span value = ak_read_span(&r, ak_read_le16(&r, "AvLen"), "Value");
        if (!ak_reader_ok(&r) || id == 0)
            break;
        if (id == wanted)
            return value;
    }
    return none;
}

static void parse_negotiate(struct ak_reader *r, struct ak_span message, struct ak_ntlm *ntlm)
{
    ak_read_skip(r, 4, "NegotiateFlags");
    ntlm->domain = field(r, message);
    ntlm->workstation = field(r, message);
}

static void parse_challenge(struct ak_reader *r, struct ak_span message, struct ak_ntlm *ntlm)
{
    ntlm->domain = field(r, message);
    ntlm->unicode = (ak_read_le32(r, "NegotiateFlags") & UNICODE) != 0;
    ak_read_skip(r, 16, "ServerChallenge");
    ntlm->dns_computer = pair(field(r, message), AV_DNS_COMPUTER);
}

static void parse_authenticate(struct ak_reader *r, struct ak_span message, struct ak_ntlm *ntlm)
{
    ak_read_skip(r, 16, "responses");
    ntlm->domain = field(r, message);
    ntlm->user = field(r, message);
    ntlm->workstation = field(r, message);
    ak_read_skip(r, 8, "EncryptedRandomSessionKey");
    ntlm->unicode = (ak_read_le32(r, "NegotiateFlags") & UNICODE) != 0;
}

enum ak_verdict ak_ntlm_parse(struct ak_span message, struct ak_ntlm *ntlm, struct ak_parse *parse)
{
    static const uint8_t signature[] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0};
    memset(ntlm, 0, sizeof *ntlm);
    struct ak_reader r = ak_reader_of(message.bytes, message.size, parse);
    struct ak_span begin = ak_read_span(&r, sizeof signature, "Signature");
    if (ak_reader_ok(&r) && memcmp(begin.bytes, signature, sizeof signature) != 0)
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "Signature");
    uint32_t type = ak_read_le32(&r, "MessageType");
    if (!ak_reader_ok(&r))
        return parse->verdict;
    ntlm->type = (enum ak_ntlm_type)type;
    if (type == AK_NTLM_NEGOTIATE)
        parse_negotiate(&r, message, ntlm);
    else if (type == AK_NTLM_CHALLENGE)
        parse_challenge(&r, message, ntlm);
    else if (type == AK_NTLM_AUTHENTICATE)
        parse_authenticate(&r, message, ntlm);
    else
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "MessageType");
    return parse->verdict;
}
