/* SPDX-License-Identifier: Apache-2.0 */
#include "model/programs.h"

#include <stdlib.h>
#include <string.h>

#include "model/windows_tables.h"

const struct ak_agent *ak_agent_at(size_t index)
{
    return index < ak_agent_row_count ? &ak_agent_rows[index] : NULL;
}

static bool same_image(const char *name, const char *image)
{
    while (*image != '\0' && (*name | (*name >= 'A' && *name <= 'Z' ? 0x20 : 0)) == *image) {
        name++;
        image++;
    }
    return *name == *image;
}

enum ak_program_tls ak_program_tls_of(const char *path)
{
    const char *name = strrchr(path, '\\');
    name = name != NULL ? name + 1 : path;
    for (size_t i = 0; i < ak_tls_program_row_count; i++)
        if (ak_tls_program_rows[i].confidence >= AK_CONFIDENCE_HIGH &&
            same_image(name, ak_tls_program_rows[i].image))
            return ak_tls_program_rows[i].tls;
    return AK_PROGRAM_TLS_UNKNOWN;
}

bool ak_version_numbers(const char *text, unsigned numbers[3])
{
    memset(numbers, 0, 3 * sizeof numbers[0]);
    for (unsigned i = 0; i < 3; i++) {
        if (*text < '0' || *text > '9')
            return i != 0;
        char *end;
        unsigned long n = strtoul(text, &end, 10);
        numbers[i] = n > UINT16_MAX ? UINT16_MAX : (unsigned)n;
        text = *end == '.' ? end + 1 : end;
    }
    return true;
}

struct ak_driver_verdict ak_sql_driver_judge(const char *name, const char *version)
{
    struct ak_driver_verdict v = {NULL, AK_DRIVER_TLS12_UNKNOWN, false};
    unsigned n[3];
    bool told = ak_version_numbers(version, n);
    for (size_t i = 0; i < ak_sql_driver_row_count; i++) {
        const struct ak_sql_driver *row = &ak_sql_driver_rows[i];
        if (strcmp(row->name, name) == 0 && (v.driver == NULL || (told && n[1] >= row->minor_from)))
            v.driver = row;
    }
    if (v.driver == NULL)
        return v;
    uint32_t third = v.driver->third_for_tls12;
    if (third == AK_DRIVER_NO_BUILD)
        v.tls12 = AK_DRIVER_TLS12_NO;
    else if (third == 0)
        v.tls12 = AK_DRIVER_TLS12_YES;
    else if (third != AK_DRIVER_BY_WINDOWS && told)
        v.tls12 = n[2] >= third ? AK_DRIVER_TLS12_YES : AK_DRIVER_TLS12_NO;
    if (v.driver->strict_major != 0)
        v.strict = !told || n[0] > v.driver->strict_major ||
                   (n[0] == v.driver->strict_major && n[1] >= v.driver->strict_minor);
    return v;
}
