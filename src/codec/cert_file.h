/* Files that hold certificates: PEM, DER, PKCS #7 (.p7b), PKCS #12 (.pfx, .p12) and serialized
 * stores (.sst), told apart by their content.
 *
 * libcrypto parses PKCS #7 and PKCS #12; it is never asked to do more than AK_MAX_PFX_ROUNDS rounds
 * of a password's derivation. Private keys are opened for one attribute alone (what kind of key
 * Windows took it for) and wiped; nothing of them is kept.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_CERT_FILE_H
#define AK_CODEC_CERT_FILE_H

#include "codec/cert_store.h"

enum ak_cert_format {
    AK_CERT_FORMAT_NONE,
    AK_CERT_FORMAT_PEM,
    AK_CERT_FORMAT_DER,
    AK_CERT_FORMAT_P7B,
    AK_CERT_FORMAT_PFX,
    AK_CERT_FORMAT_SST,
    AK_CERT_FORMAT_REGISTRY /* a blob of a registry: no file begins so */
};
/* "pem", "der", "p7b", "pfx", "sst", "registry"; "none". */
const char *ak_cert_format_name(enum ak_cert_format format);

enum ak_cert_outcome {
    AK_CERT_OUTCOME_READ,
    AK_CERT_OUTCOME_PARTLY, /* what was told is good, something else is damaged or too much */
    AK_CERT_OUTCOME_EMPTY,  /* well formed, and no certificate in it */
    AK_CERT_OUTCOME_BAD,
    AK_CERT_OUTCOME_NEEDS_PASSWORD,
    AK_CERT_OUTCOME_WRONG_PASSWORD,
    AK_CERT_OUTCOME_UNSUPPORTED /* encrypted in a way that is not known, or too dear */
};

/* Needs no more than the first 8 KiB of a file. A PEM file may begin with other lines,
 * and be in UTF-16. */
enum ak_cert_format ak_cert_sniff(struct ak_span head);

/* Tells every certificate, at most AK_MAX_FILE_CERTIFICATES; entries are valid during the call.
 * `password` is UTF-8, or NULL: then only what needs none is read. */
enum ak_cert_outcome ak_cert_file_read(enum ak_cert_format format, struct ak_span file,
                                       const char *password, ak_cert_sink *sink, void *context);

/* cert_pfx.c: the same of a PKCS #12 file. */
enum ak_cert_outcome ak_cert_pfx_read(struct ak_span file, const char *password, ak_cert_sink *sink,
                                      void *context);

#endif
