/* The parts of a line that many conversations share: a hello or a certificate, formatted once.
 *
 * Each function adds members to an object that is open. Parts are remembered by the id of a shape
 * or certificate; what has none (0) is formatted each time. Without memory the output fails.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_SHARED_H
#define AK_REPORT_JSONL_SHARED_H

#include "base/text.h"
#include "observe/certificate.h"
#include "observe/hello_shape.h"
#include "report/json.h"

enum { AK_JSONL_PARTS = 512 };

/* Direct-mapped: the place is the id modulo AK_JSONL_PARTS, the last one stays. */
struct ak_jsonl_shared {
    struct ak_jsonl_part {
        uint32_t id;
        struct ak_text text;
    } tls_client[AK_JSONL_PARTS], offers[AK_JSONL_PARTS], certificate[AK_JSONL_PARTS];
};

void ak_jsonl_shared_init(struct ak_jsonl_shared *shared);
void ak_jsonl_shared_release(struct ak_jsonl_shared *shared);

/* Into tls.client: JA3 and the cipher suites. */
void ak_jsonl_tls_client(struct ak_jsonl_shared *shared, const struct ak_hello_shape *hello,
                         struct ak_json *json);
/* Into akushu: what was offered, and JA4. */
void ak_jsonl_offers(struct ak_jsonl_shared *shared, const struct ak_hello_shape *hello,
                     struct ak_json *json);
/* The member "x509" of a certificate, wherever ECS puts it. */
void ak_jsonl_x509(const struct ak_x509 *certificate, struct ak_json *j);
/* Into tls.server: hashes, and x509 when it could be read. */
void ak_jsonl_certificate(struct ak_jsonl_shared *shared, const struct ak_certificate *certificate,
                          struct ak_json *json);

#endif
