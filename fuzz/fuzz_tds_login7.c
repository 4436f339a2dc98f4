/* Fuzzes ak_login7_parse (the body). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/tds.h"

#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FUZZ_MAX_INPUT)
        return 0;
    struct ak_span in = {data, size};
    struct ak_login7 login;
    struct ak_parse parse;
    bool fixed;
    enum ak_verdict verdict = ak_login7_parse(in, &login, &fixed, &parse);
    const struct ak_span texts[] = {login.host,    login.user,     login.application, login.server,
                                    login.library, login.language, login.database};
    FUZZ_CHECK(parse.verdict == verdict && parse.offset <= size);
    FUZZ_CHECK(fixed == (size >= 36));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FUZZ_CHECK(fuzz_inside(data, size, texts[i]));
        FUZZ_CHECK(texts[i].size % 2 == 0);
    }
    FUZZ_CHECK(login.password_characters <= size / 2);
    return 0;
}
