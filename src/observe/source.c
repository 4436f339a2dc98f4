/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/source.h"

#include <stddef.h>

#include "base/banned.h"

struct ak_place ak_source_place(const struct ak_source *source, uint64_t frame)
{
    while (source->next != NULL && frame >= source->next->first_frame)
        source = source->next;
    struct ak_place place = {source->file, frame == 0 ? 0 : frame - source->first_frame + 1};
    return place;
}
