/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/banned.h"

struct ak_digest {
    EVP_MD_CTX *context;
    EVP_MD *kind[AK_DIGEST_KINDS];
};

struct ak_digest *ak_digest_new(void)
{
    static const char *const names[AK_DIGEST_KINDS] = {"MD5", "SHA1", "SHA256"};
    struct ak_digest *digest = ak_alloc(1, sizeof *digest);
    if (digest == NULL)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL) {
        ak_free(digest);
        return NULL;
    }
    for (int i = 0; i < AK_DIGEST_KINDS; i++)
        digest->kind[i] = EVP_MD_fetch(NULL, names[i], NULL);
    return digest;
}

void ak_digest_free(struct ak_digest *digest)
{
    if (digest == NULL)
        return;
    for (int i = 0; i < AK_DIGEST_KINDS; i++)
        EVP_MD_free(digest->kind[i]);
    EVP_MD_CTX_free(digest->context);
    ak_free(digest);
}

bool ak_digest_make(struct ak_digest *digest, enum ak_digest_kind kind, const void *bytes,
                    size_t size, uint8_t *out)
{
    const EVP_MD *md = digest->kind[kind];
    return md != NULL && EVP_DigestInit_ex2(digest->context, md, NULL) == 1 &&
           EVP_DigestUpdate(digest->context, bytes, size) == 1 &&
           EVP_DigestFinal_ex(digest->context, out, NULL) == 1;
}
