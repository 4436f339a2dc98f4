/* SPDX-License-Identifier: Apache-2.0 */
#include "model/link_names.h"

#include <stddef.h>

#include "base/attr.h"

#include "base/banned.h"

const char *ak_link_type_name(uint32_t link_type)
{
    static const struct {
        uint32_t type;
        const char *name;
    } names[] = {
        {0, "NULL"},         {1, "ETHERNET"},       {6, "IEEE802_5"},   {9, "PPP"},
        {12, "RAW(12)"},     {50, "PPP_HDLC"},      {101, "RAW"},       {104, "C_HDLC"},
        {105, "IEEE802_11"}, {108, "LOOP"},         {113, "LINUX_SLL"}, {117, "PFLOG"},
        {119, "PRISM"},      {127, "RADIOTAP"},     {147, "USER0"},     {187, "BLUETOOTH"},
        {189, "USB_LINUX"},  {195, "IEEE802_15_4"}, {197, "ERF"},       {220, "USB_LINUX_MMAPPED"},
        {228, "IPV4"},       {229, "IPV6"},         {239, "NFLOG"},     {249, "USBPCAP"},
        {276, "LINUX_SLL2"},
    };
    for (size_t i = 0; i < AK_COUNT(names); i++)
        if (names[i].type == link_type)
            return names[i].name;
    return NULL;
}

const char *ak_encapsulation_name(enum ak_encapsulation encapsulation)
{
    static const char *const names[AK_ENCAPSULATIONS] = {
        "802.11", "ppp",    "pppoe", "mpls",   "vn-tag",  "nsh",   "ip-in-ip",
        "6in4",   "4in6",   "gre",   "erspan", "etherip", "ah",    "esp-null",
        "vxlan",  "geneve", "gtp",   "teredo", "l2tp",    "capwap"};
    return names[encapsulation];
}
