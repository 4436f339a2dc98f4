/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/foreign.h"

#include "base/alloc.h"
#include "codec/erf.h"
#include "codec/etl.h"
#include "codec/netmon.h"
#include "codec/snoop.h"

#include "base/banned.h"

struct ak_foreign {
    enum ak_capture_format format;
    struct ak_etl *etl;
    struct ak_netmon *netmon;
    bool begun;         /* snoop: the file's header was read */
    uint32_t link_type; /* snoop */
};

enum ak_capture_format ak_foreign_sniff(const uint8_t *bytes, size_t size)
{
    if (ak_snoop_sniff(bytes, size))
        return AK_CAPTURE_SNOOP;
    if (ak_netmon_sniff(bytes, size))
        return AK_CAPTURE_NETMON;
    if (ak_etl_sniff(bytes, size))
        return AK_CAPTURE_ETL;
    return ak_erf_sniff(bytes, size) ? AK_CAPTURE_ERF : AK_CAPTURE_UNKNOWN;
}

struct ak_foreign *ak_foreign_new(enum ak_capture_format format)
{
    struct ak_foreign *f = ak_alloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->format = format;
    if (format == AK_CAPTURE_ETL)
        f->etl = ak_etl_new();
    if (format == AK_CAPTURE_NETMON)
        f->netmon = ak_netmon_new();
    if ((format == AK_CAPTURE_ETL && f->etl == NULL) ||
        (format == AK_CAPTURE_NETMON && f->netmon == NULL)) {
        ak_free(f);
        return NULL;
    }
    return f;
}

void ak_foreign_free(struct ak_foreign *f)
{
    if (f == NULL)
        return;
    ak_etl_free(f->etl);
    ak_netmon_free(f->netmon);
    ak_free(f);
}

enum ak_capture_step ak_foreign_next(struct ak_foreign *f, struct ak_capture_file *file,
                                     const uint8_t *window, size_t size, size_t *used, size_t *need,
                                     struct ak_frame *frame, struct ak_error *error)
{
    switch (f->format) {
    case AK_CAPTURE_ETL:
        return ak_etl_next(f->etl, file, window, size, used, need, frame, error);
    case AK_CAPTURE_NETMON:
        return ak_netmon_next(f->netmon, file, window, size, used, need, frame, error);
    case AK_CAPTURE_SNOOP:
        return ak_snoop_next(&f->begun, &f->link_type, window, size, used, need, frame, error);
    default:
        return ak_erf_next(window, size, used, need, frame, error);
    }
}
