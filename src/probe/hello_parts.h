/* Inside the hello builder: what its files share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_HELLO_PARTS_H
#define AK_PROBE_HELLO_PARTS_H

#include "probe/hello.h"

struct ak_hello_work {
    const struct ak_hello_plan *plan;
    const struct ak_hello_source *source;
    struct ak_text *out;
    unsigned versions; /* bit 1 << enum ak_party_version_at of those that are on */
    bool has_padding;
    size_t padding_at; /* place of the padding extension's length */
};

bool ak_hello_has_version(const struct ak_hello_work *work, enum ak_party_version_at at);
/* `count` unpredictable bytes. */
void ak_hello_random(struct ak_hello_work *work, size_t count);

/* May this name stand in server_name? No address may (RFC 6066 3). NULL: no. */
bool ak_hello_is_name(const char *name);
/* Does the client send this extension, as far as its observed order or its lack of one says? */
bool ak_hello_sends(const struct ak_hello_plan *plan, uint16_t type);

/* The extension block with its length, or nothing (hello_extensions.c). */
void ak_hello_extensions(struct ak_hello_work *work);

/* Appends a public value of this group; false, with nothing appended, if none can be made here
 * (key_share.c). */
bool ak_key_share_put(struct ak_hello_work *work, uint16_t group);
/* Can ak_key_share_put make one? */
bool ak_key_share_known(uint16_t group);

#endif
