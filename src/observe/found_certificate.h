/* A certificate that was found in a file or in a machine's store: the observation "certificate".
 *
 * What the wire shows is no such observation (observe/certificate.h). `certificate` is the same
 * object for the same bytes, wherever they were found.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_FOUND_CERTIFICATE_H
#define AK_OBSERVE_FOUND_CERTIFICATE_H

#include "codec/cert_file.h"
#include "observe/certificate.h"
#include "observe/host.h"

enum ak_cert_place {
    AK_CERT_PLACE_FILE,
    AK_CERT_PLACE_MY,       /* of the machine: where SQL Server and Schannel look */
    AK_CERT_PLACE_AUTHORITY /* CA or ROOT: only chains are made of these */
};

struct ak_found_certificate {
    uint64_t id;       /* counts those of one reading from 1 */
    const char *file;  /* borrowed from who read it */
    uint64_t position; /* in the file or store, from 1 */
    enum ak_cert_format format;
    enum ak_cert_place place;
    const struct ak_host *host; /* whose; NULL: not known */
    struct ak_certificate *certificate;
    struct ak_cert_properties properties;
};

#endif
