/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry.h"

#include "base/upcase.h"
#include "base/utf16.h"
#include "windows/registry_tree.h"

#include "base/banned.h"

/* ---- paths ---- */

static const struct {
    const char *name, *shortened, *below;
} roots[] = {
    {"HKEY_LOCAL_MACHINE", "HKLM", ""},
    {"HKEY_CURRENT_USER", "HKCU", ""},
    {"HKEY_USERS", "HKU", ""},
    /* A merged view in Windows; what every user sees of it is the machine's part. */
    {"HKEY_CLASSES_ROOT", "HKCR", "HKLM\\SOFTWARE\\Classes"},
    {"HKEY_CURRENT_CONFIG", "HKCC", "HKLM\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current"},
};

/* The next part of a path, which is moved on; false: none is left. Empty parts are passed over. */
static bool next_part(struct ak_span *path, struct ak_span *part)
{
    while (path->size != 0 && path->bytes[0] == '\\') {
        path->bytes++;
        path->size--;
    }
    if (path->size == 0)
        return false;
    const uint8_t *end = memchr(path->bytes, '\\', path->size);
    part->bytes = path->bytes;
    part->size = end != NULL ? (size_t)(end - path->bytes) : path->size;
    path->bytes += part->size;
    path->size -= part->size;
    return true;
}

/* Writes "ControlSet00n" when `name` is the alias of one there. */
static bool control_set(const struct ak_registry_key *parent, struct ak_span name, char *out,
                        size_t room)
{
    const struct ak_registry *registry = parent->registry;
    uint32_t number;
    if (parent->parent != registry->machine || name.size != strlen("CurrentControlSet") ||
        !ak_upcase_equal(name, ak_span_of("CurrentControlSet")) ||
        !ak_upcase_equal(ak_span_of(parent->name), ak_span_of("SYSTEM")))
        return false;
    const struct ak_registry_key *select = ak_registry_child(parent, ak_span_of("Select"));
    if (!ak_registry_number(ak_registry_value(select, "Current"), &number) || number > 999)
        return false;
    (void)snprintf(out, room, "ControlSet%03u", (unsigned)number);
    return true;
}

struct ak_registry_key *ak_registry_step(const struct ak_registry_key *parent, struct ak_span name)
{
    char real[16];
    if (control_set(parent, name, real, sizeof real)) {
        struct ak_registry_key *key = ak_registry_child(parent, ak_span_of(real));
        if (key != NULL)
            return key;
    }
    return ak_registry_child(parent, name);
}

static struct ak_registry_key *make_step(struct ak_registry_key *parent, struct ak_span name)
{
    char real[16];
    struct ak_registry_key *key = ak_registry_step(parent, name);
    if (key != NULL || name.size > AK_MAX_REGISTRY_NAME)
        return key;
    if (control_set(parent, name, real, sizeof real))
        name = ak_span_of(real);
    const char *text = ak_registry_text(parent->registry, name);
    return text != NULL ? ak_registry_add_key(parent, text, strlen(text)) : NULL;
}

static struct ak_registry_key *walk(struct ak_registry_key *key, struct ak_span path, bool make)
{
    struct ak_span part;
    while (key != NULL && next_part(&path, &part))
        key = make ? make_step(key, part) : ak_registry_step(key, part);
    return key;
}

/* The first part of a path chooses a root; `path` is moved behind it. */
static struct ak_registry_key *root_of(const struct ak_registry *registry, struct ak_span *path,
                                       bool make)
{
    struct ak_span part;
    if (!next_part(path, &part))
        return NULL;
    for (size_t i = 0; i < AK_COUNT(roots); i++)
        if (ak_upcase_equal(part, ak_span_of(roots[i].name)) ||
            ak_upcase_equal(part, ak_span_of(roots[i].shortened))) {
            const char *real = roots[i].below[0] != '\0' ? roots[i].below : roots[i].shortened;
            return walk(registry->root, ak_span_of(real), make);
        }
    return NULL;
}

const struct ak_registry_key *ak_registry_find(const struct ak_registry *registry, const char *path)
{
    struct ak_span rest = ak_span_of(path);
    return walk(root_of(registry, &rest, false), rest, false);
}

struct ak_registry_key *ak_registry_make(struct ak_registry *registry, const char *path)
{
    struct ak_span rest = ak_span_of(path);
    return walk(root_of(registry, &rest, true), rest, true);
}

const struct ak_registry_key *ak_registry_below(const struct ak_registry_key *key, const char *path)
{
    struct ak_span rest = ak_span_of(path), part;
    while (key != NULL && next_part(&rest, &part))
        key = ak_registry_step(key, part);
    return key;
}

/* ---- keys and values ---- */

const char *ak_registry_key_name(const struct ak_registry_key *key)
{
    return key->name;
}

void ak_registry_key_path(const struct ak_registry_key *key, struct ak_text *out)
{
    const struct ak_registry_key *chain[AK_MAX_REGISTRY_DEPTH + 1];
    size_t count = 0;
    for (; key->parent != NULL; key = key->parent)
        chain[count++] = key;
    while (count-- != 0) {
        ak_text_bytes(out, chain[count]->name, chain[count]->name_size);
        if (count != 0)
            ak_text_char(out, '\\');
    }
}

int64_t ak_registry_key_written(const struct ak_registry_key *key)
{
    return key->written;
}

size_t ak_registry_key_count(const struct ak_registry_key *key)
{
    return key != NULL ? key->key_count : 0;
}

const struct ak_registry_key *ak_registry_key_at(const struct ak_registry_key *key, size_t index)
{
    AK_BUG_ON(index >= ak_registry_key_count(key));
    return key->keys[index];
}

size_t ak_registry_value_count(const struct ak_registry_key *key)
{
    return key != NULL ? key->value_count : 0;
}

const struct ak_registry_value *ak_registry_value_at(const struct ak_registry_key *key,
                                                     size_t index)
{
    AK_BUG_ON(index >= ak_registry_value_count(key));
    return &key->values[index]->value;
}

const struct ak_registry_value *ak_registry_value(const struct ak_registry_key *key,
                                                  const char *name)
{
    const struct ak_registry_slot *slot =
        key != NULL ? ak_registry_value_find(key, ak_span_of(name)) : NULL;
    return slot != NULL ? &slot->value : NULL;
}

bool ak_registry_number(const struct ak_registry_value *value, uint32_t *number)
{
    if (value == NULL)
        return false;
    const uint8_t *data = value->data;
    if (value->type == AK_REGISTRY_TYPE_DWORD && value->size == 4)
        *number = ak_le32(data);
    else if (value->type == AK_REGISTRY_TYPE_DWORD_BIG_ENDIAN && value->size == 4)
        *number = ak_be32(data);
    else if (value->type == AK_REGISTRY_TYPE_QWORD && value->size == 8 && ak_le32(data + 4) == 0)
        *number = ak_le32(data);
    else
        return false;
    return true;
}

/* ---- texts ---- */

static bool is_text(const struct ak_registry_value *value)
{
    return value != NULL &&
           (value->type == AK_REGISTRY_TYPE_SZ || value->type == AK_REGISTRY_TYPE_EXPAND_SZ ||
            value->type == AK_REGISTRY_TYPE_MULTI_SZ);
}

/* The units before the next terminator; `data` is moved behind it. */
static struct ak_span next_string(struct ak_span *data)
{
    struct ak_span string = {data->bytes, 0};
    while (string.size + 2 <= data->size && ak_le16(data->bytes + string.size) != 0)
        string.size += 2;
    size_t past = string.size + 2 <= data->size ? string.size + 2 : data->size;
    if (past != 0)
        data->bytes += past;
    data->size -= past;
    return string;
}

static void add_utf8(struct ak_span string, struct ak_text *out)
{
    size_t room = string.size / 2 * 3 + 1;
    if (!ak_text_reserve(out, room))
        return;
    out->size += ak_utf16le_to_utf8(string, out->bytes + out->size, room);
}

bool ak_registry_string(const struct ak_registry_value *value, struct ak_text *out)
{
    if (!is_text(value))
        return false;
    struct ak_span data = {value->data, value->size};
    add_utf8(next_string(&data), out);
    return true;
}

/* Without the terminators at the end: an empty string counts where another one follows. */
static struct ak_span without_end(struct ak_span data)
{
    data.size &= ~(size_t)1;
    while (data.size != 0 && ak_le16(data.bytes + data.size - 2) == 0)
        data.size -= 2;
    return data;
}

/* Parts of a list that policy wrote into one string, without the blanks around them. */
static size_t split(char *list, void (*each)(void *context, const char *string), void *context)
{
    size_t count = 0;
    for (char *end, *at = list; at != NULL; at = end) {
        end = strchr(at, ',');
        char *last = end != NULL ? end : at + strlen(at);
        if (end != NULL)
            end++;
        while (*at == ' ' && at < last)
            at++;
        while (last > at && last[-1] == ' ')
            last--;
        *last = '\0';
        each(context, at);
        count++;
    }
    return count;
}

size_t ak_registry_strings(const struct ak_registry_value *value, bool commas,
                           void (*each)(void *context, const char *string), void *context)
{
    struct ak_text text;
    size_t count = 0;
    if (!is_text(value))
        return 0;
    bool many = value->type == AK_REGISTRY_TYPE_MULTI_SZ;
    struct ak_span whole = {value->data, value->size}, data = without_end(whole);
    ak_text_init(&text, SIZE_MAX);
    while (data.size != 0) {
        ak_text_clear(&text);
        add_utf8(next_string(&data), &text);
        ak_text_char(&text, '\0');
        if (text.failed)
            break;
        if (!many && commas) {
            count += split(text.bytes, each, context);
        } else {
            each(context, text.bytes);
            count++;
        }
        if (!many)
            break;
    }
    ak_text_release(&text);
    return count;
}

/* ---- sources ---- */

size_t ak_registry_source_count(const struct ak_registry *registry)
{
    return registry->source_count;
}

const struct ak_registry_source *ak_registry_source_at(const struct ak_registry *registry,
                                                       size_t index)
{
    AK_BUG_ON(index >= registry->source_count);
    return registry->sources[index];
}
