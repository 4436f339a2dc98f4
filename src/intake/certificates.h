/* The certificates among the files: read as they come, handed out when all machines are known. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_CERTIFICATES_H
#define AK_INTAKE_CERTIFICATES_H

#include "base/error.h"
#include "intake/machines.h"
#include "observe/collected.h"
#include "observe/found_certificate.h"

struct ak_certificates;

/* NULL when out of memory. */
struct ak_certificates *ak_certificates_new(void);
/* Accepts NULL. */
void ak_certificates_free(struct ak_certificates *certificates);

/* Takes every certificate of a file; `path` is copied, `name` (valid UTF-8) is borrowed. *outcome
 * tells what came of it. AK_ERR_MEMORY is the only error. */
enum ak_err ak_certificates_add(struct ak_certificates *certificates, const char *path,
                                const char *name, enum ak_cert_format format, struct ak_span file,
                                const char *password, enum ak_cert_outcome *outcome);
/* The stores of a machine. */
enum ak_err ak_certificates_of_host(struct ak_certificates *certificates,
                                    const struct ak_machines *machines, const struct ak_host *host);
/* When all were added, before _finish: what the scripts of `akushu collect` told of the keys of
 * certificates (their own files hold the public part alone) becomes properties of those that lie
 * beside it, which so are the machine's. */
void ak_certificates_tell(struct ak_certificates *certificates,
                          const struct ak_collected *collected);
/* When all were added: gives files to the machines that they lie beside. */
void ak_certificates_finish(struct ak_certificates *certificates,
                            const struct ak_machines *machines);

/* After _finish; they live until _free. */
size_t ak_certificates_count(const struct ak_certificates *certificates);
const struct ak_found_certificate *ak_certificates_at(const struct ak_certificates *certificates,
                                                      size_t index);
/* Certificates beyond AK_MAX_FOUND_CERTIFICATES, and blobs of registries that hold none. */
uint64_t ak_certificates_left_out(const struct ak_certificates *certificates);
uint64_t ak_certificates_damaged(const struct ak_certificates *certificates);

#endif
