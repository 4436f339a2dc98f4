/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own IPv4 addresses: Tcpip\Parameters\Interfaces\{GUID}, as set or as the DHCP
 * server gave them last. */
#include "windows/view.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

#define INTERFACES "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces"

static bool read_v4(const char *text, uint8_t out[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 4; digits++)
            value = 10 * value + (unsigned)(*text++ - '0');
        if (digits == 0 || digits > 3 || value > 255 || *text != (i < 3 ? '.' : '\0'))
            return false;
        out[i] = (uint8_t)value;
        text += i < 3;
    }
    return true;
}

/* Nobody else can have these two kinds; what everybody has tells nothing. */
static bool tells_nothing(const uint8_t v4[4])
{
    return v4[0] == 0 || v4[0] == 127 || (v4[0] == 169 && v4[1] == 254);
}

static void add_address(void *context, const char *text)
{
    struct ak_host *host = context;
    struct ak_endpoint end;
    memset(&end, 0, sizeof end);
    end.version = 4;
    if (!read_v4(text, end.address) || tells_nothing(end.address))
        return;
    for (size_t i = 0; i < host->address_count; i++)
        if (ak_endpoint_same(&host->address[i], &end))
            return;
    if (host->address_count < AK_HOST_ADDRESSES)
        host->address[host->address_count++] = end;
}

void ak_view_network(struct ak_viewing *view)
{
    const struct ak_registry_key *all = ak_view_key(view, INTERFACES);
    for (size_t i = 0; i < ak_registry_key_count(all); i++) {
        const struct ak_registry_key *one = ak_registry_key_at(all, i);
        struct ak_setting dhcp = ak_view_setting(one, "EnableDHCP");
        const char *name = ak_setting_on(&dhcp) ? "DhcpIPAddress" : "IPAddress";
        const struct ak_registry_value *value = ak_registry_value(one, name);
        if (value != NULL)
            (void)ak_registry_strings(value, true, add_address, view->host);
    }
}
