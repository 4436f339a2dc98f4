/* Small hives made of cells, for tests: what lies below is made first, the root last. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_HIVE_H
#define AK_TESTS_SUPPORT_HIVE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { HIVE_ROOM = 32 * 4096, HIVE_TIME_LOW = 0x12345678, HIVE_TIME_HIGH = 0x01d00000 };

struct hive {
    uint8_t bytes[HIVE_ROOM];
    size_t end; /* of the cells */
    uint32_t minor;
};

static inline void hive_le16(uint8_t *at, unsigned n)
{
    at[0] = (uint8_t)n;
    at[1] = (uint8_t)(n >> 8);
}

static inline void hive_le32(uint8_t *at, uint32_t n)
{
    hive_le16(at, n & 0xffff);
    hive_le16(at + 2, n >> 16);
}

static inline void hive_begin(struct hive *h)
{
    memset(h, 0, sizeof *h);
    h->end = 4096 + 32;
    h->minor = 5;
}

/* A cell in use; its offset in the bins. */
static inline uint32_t hive_cell(struct hive *h, const void *bytes, size_t size)
{
    size_t head = h->minor <= 1 ? 8 : 4, whole = (size + head + 7) & ~(size_t)7;
    uint32_t offset = (uint32_t)(h->end - 4096);
    hive_le32(h->bytes + h->end, 0u - (uint32_t)whole);
    if (size != 0)
        memcpy(h->bytes + h->end + head, bytes, size);
    h->end += whole;
    return offset;
}

static inline uint8_t *hive_at(struct hive *h, uint32_t offset)
{
    return h->bytes + 4096 + offset + (h->minor <= 1 ? 8 : 4);
}

static inline uint32_t hive_offsets(struct hive *h, const uint32_t *offsets, size_t count)
{
    uint8_t list[1024];
    for (size_t i = 0; i < count; i++)
        hive_le32(list + 4 * i, offsets[i]);
    return hive_cell(h, list, 4 * count);
}

/* "lf", "lh": eight bytes an element; "li", "ri": four. */
static inline uint32_t hive_list(struct hive *h, const char *kind, const uint32_t *offsets,
                                 size_t count)
{
    uint8_t list[1024] = {(uint8_t)kind[0], (uint8_t)kind[1]};
    size_t each = kind[1] == 'f' || kind[1] == 'h' ? 8 : 4;
    hive_le16(list + 2, (unsigned)count);
    for (size_t i = 0; i < count; i++)
        hive_le32(list + 4 + each * i, offsets[i]);
    return hive_cell(h, list, 4 + each * count);
}

/* A value with a Latin-1 name; up to four bytes of data stand in it. */
static inline uint32_t hive_value(struct hive *h, const char *name, uint32_t type, const void *data,
                                  size_t size)
{
    uint8_t vk[256] = {'v', 'k'};
    size_t length = strlen(name);
    hive_le16(vk + 2, (unsigned)length);
    hive_le32(vk + 4, (uint32_t)size | (size <= 4 ? 0x80000000u : 0));
    if (size > 4)
        hive_le32(vk + 8, hive_cell(h, data, size));
    else if (size != 0)
        memcpy(vk + 8, data, size);
    hive_le32(vk + 12, type);
    hive_le16(vk + 16, 1);
    memcpy(vk + 20, name, length);
    return hive_cell(h, vk, 20 + length);
}

static inline uint32_t hive_dword(struct hive *h, const char *name, uint32_t number)
{
    uint8_t data[4];
    hive_le32(data, number);
    return hive_value(h, name, 4, data, 4);
}

/* A key; `subkeys` is a list that exists, or 0 with a count of 0. */
static inline uint32_t hive_key_of(struct hive *h, const char *name, uint32_t subkeys,
                                   size_t subkey_count, uint32_t values, size_t value_count)
{
    uint8_t nk[256] = {'n', 'k', 0x20, 0};
    size_t length = strlen(name);
    hive_le32(nk + 4, HIVE_TIME_LOW);
    hive_le32(nk + 8, HIVE_TIME_HIGH);
    hive_le32(nk + 20, (uint32_t)subkey_count);
    hive_le32(nk + 28, subkey_count != 0 ? subkeys : 0xffffffffu);
    hive_le32(nk + 36, (uint32_t)value_count);
    hive_le32(nk + 40, value_count != 0 ? values : 0xffffffffu);
    hive_le16(nk + 72, (unsigned)length);
    memcpy(nk + 76, name, length);
    return hive_cell(h, nk, 76 + length);
}

static inline uint32_t hive_key(struct hive *h, const char *name, const uint32_t *keys,
                                size_t key_count, const uint32_t *values, size_t value_count)
{
    uint32_t list = key_count != 0 ? hive_list(h, "lh", keys, key_count) : 0;
    uint32_t value_list = value_count != 0 ? hive_offsets(h, values, value_count) : 0;
    return hive_key_of(h, name, list, key_count, value_list, value_count);
}

static inline void hive_checksum(uint8_t *base)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 508; i += 4)
        sum ^= (uint32_t)base[i] | (uint32_t)base[i + 1] << 8 | (uint32_t)base[i + 2] << 16 |
               (uint32_t)base[i + 3] << 24;
    hive_le32(base + 508, sum);
}

/* One bin, the rest of it free, and the base block. The size of the file. */
static inline size_t hive_end(struct hive *h, uint32_t root, uint32_t primary, uint32_t secondary)
{
    size_t size = (h->end + 4095) / 4096 * 4096;
    if (size > h->end)
        hive_le32(h->bytes + h->end, (uint32_t)(size - h->end));
    memcpy(h->bytes + 4096, "hbin", 4);
    hive_le32(h->bytes + 4096 + 8, (uint32_t)(size - 4096));
    hive_at(h, root)[2] |= 0x04;
    memcpy(h->bytes, "regf", 4);
    hive_le32(h->bytes + 4, primary);
    hive_le32(h->bytes + 8, secondary);
    hive_le32(h->bytes + 12, HIVE_TIME_LOW);
    hive_le32(h->bytes + 16, HIVE_TIME_HIGH);
    hive_le32(h->bytes + 20, 1);
    hive_le32(h->bytes + 24, h->minor);
    hive_le32(h->bytes + 32, 1);
    hive_le32(h->bytes + 36, root);
    hive_le32(h->bytes + 40, (uint32_t)(size - 4096));
    hive_le32(h->bytes + 44, 1);
    hive_checksum(h->bytes);
    return size;
}

/* A SYSTEM hive: Select\Current = 1, ControlSet001\Control\SecurityProviders\SCHANNEL with
 * EventLogging = 1 and Protocols\TLS 1.0\Server with Enabled = 0. Returns the root. */
static inline uint32_t hive_system(struct hive *h)
{
    uint32_t enabled = hive_dword(h, "Enabled", 0), logging = hive_dword(h, "EventLogging", 1);
    uint32_t current = hive_dword(h, "Current", 1), keys[2];
    uint32_t server = hive_key(h, "Server", NULL, 0, &enabled, 1);
    uint32_t tls = hive_key(h, "TLS 1.0", &server, 1, NULL, 0);
    uint32_t protocols = hive_key(h, "Protocols", &tls, 1, NULL, 0);
    uint32_t schannel = hive_key(h, "SCHANNEL", &protocols, 1, &logging, 1);
    uint32_t providers = hive_key(h, "SecurityProviders", &schannel, 1, NULL, 0);
    uint32_t control = hive_key(h, "Control", &providers, 1, NULL, 0);
    keys[0] = hive_key(h, "ControlSet001", &control, 1, NULL, 0);
    keys[1] = hive_key(h, "Select", NULL, 0, &current, 1);
    return hive_key(h, "CMI-CreateHive{0}", keys, 2, NULL, 0);
}

#endif
