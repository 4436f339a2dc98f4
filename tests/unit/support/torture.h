/* An attempt against a server in memory while the n-th allocation fails, for each n: it must end
 * well. Include behind support/tls_server.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_TORTURE_H
#define AK_TESTS_SUPPORT_TORTURE_H

#include "base/alloc.h"
#include "probe/attempt.h"
#include "support/parser_check.h"
#include "support/tls_server.h"

/* To and fro until the client has nothing to say. */
static inline void ak_torture_talk(struct ak_attempt *a, struct ak_test_server *s)
{
    struct ak_span out;
    ak_attempt_opened(a, 2000);
    while ((out = ak_attempt_outgoing(a)).size != 0) {
        ak_test_server_feed(s, out);
        struct ak_bytes copy = ak_bytes_copy(s->out.bytes, s->out.size);
        s->out.size = 0;
        ak_attempt_received(a, copy.at, copy.size, 3000);
        ak_bytes_free(&copy);
    }
    ak_attempt_ended(a, AK_PROBE_END_FIN, 4000);
}

/* Allocations 1 to `last` fail, one a run. How many runs got as far as was wanted. */
static inline unsigned ak_torture_memory(const struct ak_probe_plan *plan,
                                         const struct ak_hello_source *source,
                                         struct ak_certificate_store *store,
                                         const struct ak_test_server_options *options,
                                         const struct ak_test_key *key, unsigned long last)
{
    unsigned reached = 0;
    for (unsigned long n = 1; n <= last; n++) {
        struct ak_test_server s;
        bool abrupt;
        ak_test_server_init(&s, options, key);
        (void)ak_alloc_fail_after(n);
        struct ak_attempt *a = ak_attempt_new(plan, source, store, 1000);
        if (a != NULL) {
            ak_torture_talk(a, &s);
            assert_true(ak_attempt_over(a, &abrupt));
            reached += ak_attempt_result(a)->end == AK_PROBE_END_REACHED;
        }
        (void)ak_alloc_fail_after(0);
        ak_attempt_free(a);
        ak_test_server_release(&s);
    }
    return reached;
}

#endif
