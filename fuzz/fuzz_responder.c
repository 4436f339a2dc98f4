/* Fuzzes the lab's responders: a client's bytes in portions, against OpenSSL's engine and the
 * faulty one, with and without a party that decides. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/responder.h"

#include "fuzz_target.h"

enum { SERVERS = 4, TODAY = 1795305600 };

static const struct ak_lab_settings settings[SERVERS] = {
    {.low = 0x0301},
    {.ways = AK_LAB_TLS, .fault = AK_LAB_FAULT_Z_UNSTRIPPED, .fault_often = true},
    {.party = "sql2014", .low = 0x0301},
    {.encryption = AK_LAB_ENCRYPTION_NONE, .lenient = true}};

static struct ak_lab_server *server_of(size_t i)
{
    static struct ak_lab_authority authority;
    static struct ak_lab_server *servers[SERVERS];
    if (authority.key == NULL)
        FUZZ_CHECK(ak_lab_authority_make(&authority, NULL) == AK_ERR_NONE);
    if (servers[i] == NULL)
        servers[i] = ak_lab_server_new(&settings[i], &authority, "Passw0rd!", TODAY, NULL);
    FUZZ_CHECK(servers[i] != NULL);
    return servers[i];
}

/* The first byte chooses the server and the size of the portions. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 65536)
        return 0;
    size_t portion = data[0] >> 2 != 0 ? (size_t)(data[0] >> 2) * 8 : size;
    struct ak_responder *r = ak_responder_new(server_of(data[0] % SERVERS), 0);
    FUZZ_CHECK(r != NULL);
    for (size_t at = 1; at < size; at += portion) {
        size_t part = size - at < portion ? size - at : portion;
        ak_responder_received(r, data + at, part, (int64_t)at);
        FUZZ_CHECK(ak_responder_outgoing(r).size <= 1024 * 1024);
    }
    ak_responder_tick(r, (int64_t)size);
    FUZZ_CHECK(ak_responder_story(r) != NULL);
    ak_responder_free(r);
    return 0;
}
