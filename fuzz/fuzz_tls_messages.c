/* Fuzzes ak_tls_record_parse, ak_certificate_list_parse, ak_server_key_exchange_parse (DHE and
 * ECDHE) and ak_certificate_request_parse (TLS 1.1 and 1.2): each reads the same bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tls.h"

#include "fuzz_target.h"

static void certificates(struct ak_span in)
{
    struct ak_certificate_list list;
    struct ak_parse parse;
    (void)ak_certificate_list_parse(in, &list, &parse);
    FUZZ_CHECK(parse.offset <= in.size && list.count <= in.size / 3);
    for (size_t i = 0; i < list.count && i < AK_MAX_CHAIN; i++)
        FUZZ_CHECK(fuzz_inside(in.bytes, in.size, list.entry[i]));
}

static void key_exchange(struct ak_span in, bool dhe, uint16_t version)
{
    struct ak_server_key_exchange exchange;
    struct ak_parse parse;
    (void)ak_server_key_exchange_parse(in, dhe, version, &exchange, &parse);
    FUZZ_CHECK(parse.offset <= in.size);
    FUZZ_CHECK(fuzz_inside(in.bytes, in.size, exchange.p));
    FUZZ_CHECK(fuzz_inside(in.bytes, in.size, exchange.g));
    FUZZ_CHECK(fuzz_inside(in.bytes, in.size, exchange.public_value));
    FUZZ_CHECK(version >= 0x0303 || exchange.signature_scheme == 0);
}

static void request(struct ak_span in, uint16_t version)
{
    struct ak_certificate_request found;
    struct ak_parse parse;
    (void)ak_certificate_request_parse(in, version, &found, &parse);
    FUZZ_CHECK(parse.offset <= in.size && found.authorities <= in.size / 2);
    FUZZ_CHECK(fuzz_inside(in.bytes, in.size, found.types));
    FUZZ_CHECK(fuzz_inside(in.bytes, in.size, found.signature_algorithms));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span in = {data, size};
    struct ak_tls_record record;
    if (size >= AK_TLS_RECORD_HEADER && ak_tls_record_parse(data, &record))
        FUZZ_CHECK(record.length <= AK_MAX_RECORD);
    certificates(in);
    key_exchange(in, false, 0x0303);
    key_exchange(in, true, 0x0303);
    key_exchange(in, false, 0x0302);
    key_exchange(in, true, 0x0302);
    request(in, 0x0303);
    request(in, 0x0302);
    return 0;
}
