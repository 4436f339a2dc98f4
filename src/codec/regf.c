/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/regf.h"

#include "codec/filetime.h"

#include "base/banned.h"

/* file   base block (4096), then bins of n * 4096 bytes: "hbin" offset(4) size(4) ... (32), cells
 * base   "regf" primary(4) secondary(4) written(8) major(4) minor(4) type(4) format(4) root(4)
 *        bins(4) cluster(4) name(64) id(16) ... checksum(4) at 508
 * cell   size(4; negative: in use; format 1.1: a link(4) behind it), then one of
 *   nk   flags(2) written(8) spare(4) parent(4) subkeys(4) volatile(4) list(4) volatile list(4)
 *        values(4) value list(4) security(4) class(4) maxima(16) work(4) name length(2)
 *        class length(2) name
 *   lf lh li ri   count(2) { offset(4) [hash(4) in lf and lh] }*
 *   vk   name length(2) size(4; top bit: data stand in the next field) data(4) type(4) flags(2)
 *        spare(2) name
 *   db   count(2) offset(4) of a list of segments of at most 16,344 bytes
 */

enum {
    BIN_HEADER = 32,
    BIN_ALIGN = 4096,
    CELL_ALIGN = 8,
    KEY_LATIN = 0x20,
    VALUE_LATIN = 0x01,
    SEGMENT = 16344,
    NAME_BYTES = 64,
    GUID_BYTES = 16
};
static const uint32_t none = UINT32_C(0xffffffff);

int64_t ak_regf_time(uint64_t file_time)
{
    int64_t time;
    return ak_filetime_read(file_time, &time) ? time : 0;
}

static bool is_kind(struct ak_span bytes, const char *kind)
{
    size_t size = strlen(kind);
    return bytes.size >= size && memcmp(bytes.bytes, kind, size) == 0;
}

void ak_regf_damaged(struct ak_regf *hive, uint32_t offset, const char *why)
{
    if (hive->damage.count == 0) {
        hive->damage.first = (uint64_t)AK_REGF_HEADER + offset;
        hive->damage.why = why;
    }
    if (hive->damage.count != UINT32_MAX)
        hive->damage.count++;
}

/* ---- base block ---- */

static bool checksum_good(struct ak_span file)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(file.bytes, file.size, &parse);
    uint32_t sum = 0;
    for (size_t i = 0; i < AK_REGF_BASE / 4 - 1; i++)
        sum ^= ak_read_le32(&r, "base block");
    /* Windows never writes these two values. */
    sum = sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
    return ak_read_le32(&r, "checksum") == sum && ak_reader_ok(&r);
}

enum ak_verdict ak_regf_base_parse(struct ak_span file, struct ak_regf_base *base,
                                   struct ak_parse *parse)
{
    memset(base, 0, sizeof *base);
    struct ak_reader r = ak_reader_of(file.bytes, file.size, parse);
    struct ak_span signature = ak_read_span(&r, 4, "signature");
    if (ak_reader_ok(&r) && !is_kind(signature, "regf"))
        ak_reader_fail(&r, AK_VERDICT_UNKNOWN, "signature");
    base->primary = ak_read_le32(&r, "primary sequence number");
    base->secondary = ak_read_le32(&r, "secondary sequence number");
    base->file_time = ak_read_le64(&r, "last written");
    base->major = ak_read_le32(&r, "major version");
    base->minor = ak_read_le32(&r, "minor version");
    base->type = ak_read_le32(&r, "file type");
    ak_read_skip(&r, 4, "file format");
    base->root = ak_read_le32(&r, "root cell");
    base->bins = ak_read_le32(&r, "size of bins");
    ak_read_skip(&r, 4, "clustering factor");
    base->file_name = ak_read_span(&r, NAME_BYTES, "file name");
    base->id = ak_read_span(&r, GUID_BYTES, "RmId");
    ak_read_skip(&r, AK_REGF_BASE - 48 - NAME_BYTES - GUID_BYTES, "base block");
    base->checksum_good = ak_reader_ok(&r) && checksum_good(file);
    return parse->verdict;
}

bool ak_regf_dirty(const struct ak_regf *hive)
{
    return !hive->base_good || hive->base.primary != hive->base.secondary;
}

/* ---- cells ---- */

/* What a cell holds; *why tells what is wrong with it, NULL: nothing. A cell that is cut by the
 * end of the bins gives what there is. */
static struct ak_span cell(const struct ak_regf *hive, uint32_t offset, const char **why)
{
    struct ak_span empty = {NULL, 0};
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(hive->bins.bytes, hive->bins.size, &parse);
    ak_read_skip(&r, offset, "cell");
    uint32_t size = ak_read_le32(&r, "cell size");
    size_t head = 4;
    if (hive->base_good && hive->base.minor <= 1) {
        ak_read_skip(&r, 4, "link");
        head = 8;
    }
    *why = !ak_reader_ok(&r)                   ? AK_REGF_WHY("a cell outside of the bins")
           : offset % CELL_ALIGN != 0          ? AK_REGF_WHY("a cell at an odd place")
           : (size & 0x80000000u) == 0         ? AK_REGF_WHY("a cell that is free")
           : 0u - size < head + CELL_ALIGN - 4 ? AK_REGF_WHY("a cell without room")
                                               : NULL;
    if (*why != NULL)
        return empty;
    size_t room = (size_t)(0u - size) - head;
    if (room > r.left) {
        *why = AK_REGF_WHY("a cell that is cut");
        room = r.left;
    }
    return ak_read_span(&r, room, "cell");
}

/* The same, noting what is wrong. */
static struct ak_span cell_noted(struct ak_regf *hive, uint32_t offset)
{
    const char *why;
    struct ak_span bytes = cell(hive, offset, &why);
    if (why != NULL)
        ak_regf_damaged(hive, offset, why);
    return bytes;
}

/* ---- keys ---- */

/* A name cut by its cell's end stays as far as it goes. */
static struct ak_span name_of(struct ak_reader *r, size_t length, bool *cut)
{
    *cut = length > r->left;
    return ak_read_span(r, *cut ? r->left : length, "name");
}

static void key_fields(struct ak_reader *r, struct ak_regf_key *key, bool *cut)
{
    ak_read_skip(r, 2, "signature");
    key->flags = ak_read_le16(r, "flags");
    key->written = ak_regf_time(ak_read_le64(r, "last written"));
    ak_read_skip(r, 4, "access bits");
    key->parent = ak_read_le32(r, "parent");
    key->subkeys = ak_read_le32(r, "number of subkeys");
    ak_read_skip(r, 4, "number of volatile subkeys");
    key->subkey_list = ak_read_le32(r, "list of subkeys");
    ak_read_skip(r, 4, "list of volatile subkeys");
    key->values = ak_read_le32(r, "number of values");
    key->value_list = ak_read_le32(r, "list of values");
    ak_read_skip(r, 28, "security, class, maxima");
    size_t length = ak_read_le16(r, "length of the name");
    ak_read_skip(r, 2, "length of the class");
    key->name = name_of(r, length, cut);
    key->latin = (key->flags & KEY_LATIN) != 0;
    if ((key->flags & AK_REGF_KEY_PREDEF) != 0)
        key->values = 0;
}

bool ak_regf_key_parse(struct ak_regf *hive, uint32_t offset, struct ak_regf_key *key)
{
    struct ak_parse parse;
    bool cut;
    memset(key, 0, sizeof *key);
    struct ak_span bytes = cell_noted(hive, offset);
    if (bytes.size == 0)
        return false;
    if (!is_kind(bytes, "nk")) {
        ak_regf_damaged(hive, offset, "a cell that is no key");
        return false;
    }
    key->offset = offset;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    key_fields(&r, key, &cut);
    if (!ak_reader_ok(&r)) {
        ak_regf_damaged(hive, offset, "a key that is cut");
        return false;
    }
    if (cut)
        ak_regf_damaged(hive, offset, "a key's name that is cut");
    return true;
}

/* ---- lists ---- */

static bool push_list(struct ak_regf_subkeys *list, uint32_t offset)
{
    struct ak_regf *hive = list->hive;
    struct ak_span bytes = cell_noted(hive, offset);
    bool wide = is_kind(bytes, "lf") || is_kind(bytes, "lh"), lists = is_kind(bytes, "ri");
    if (bytes.size == 0)
        return false;
    if (list->levels == AK_REGF_LIST_LEVELS || !(wide || lists || is_kind(bytes, "li"))) {
        ak_regf_damaged(hive, offset,
                        list->levels == AK_REGF_LIST_LEVELS
                            ? AK_REGF_WHY("lists in lists in lists")
                            : AK_REGF_WHY("a cell that is no list of keys"));
        return false;
    }
    size_t top = list->levels, each = wide ? 8 : 4;
    struct ak_parse head;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &head);
    ak_read_skip(&r, 2, "signature");
    size_t count = ak_read_le16(&r, "count");
    if (count > r.left / each) {
        ak_regf_damaged(hive, offset, "a list of keys that is cut");
        count = r.left / each;
    }
    struct ak_span elements = ak_read_span(&r, count * each, "elements");
    list->level[top].left = ak_reader_of(elements.bytes, elements.size, &list->parse[top]);
    list->level[top].of_lists = lists;
    list->level[top].skip = each - 4;
    list->levels++;
    list->offset = offset;
    return true;
}

void ak_regf_subkeys_begin(struct ak_regf_subkeys *list, struct ak_regf *hive,
                           const struct ak_regf_key *key)
{
    memset(list, 0, sizeof *list);
    list->hive = hive;
    list->told = key->subkeys;
    list->offset = key->offset;
    if (key->subkeys != 0)
        (void)push_list(list, key->subkey_list);
}

size_t ak_regf_subkeys_known(const struct ak_regf_subkeys *list)
{
    if (list->levels == 0 || list->level[list->levels - 1].of_lists)
        return 0;
    size_t top = list->levels - 1;
    size_t count = list->level[top].left.left / (4 + list->level[top].skip);
    return count < list->hive->budget ? count : (size_t)list->hive->budget;
}

bool ak_regf_subkeys_next(struct ak_regf_subkeys *list, uint32_t *offset)
{
    while (list->levels != 0) {
        size_t top = list->levels - 1;
        struct ak_reader *left = &list->level[top].left;
        if (left->left == 0) {
            list->levels--;
            continue;
        }
        if (list->hive->budget == 0) {
            ak_regf_damaged(list->hive, list->offset, "lists that are longer than the hive");
            list->levels = 0;
            break;
        }
        list->hive->budget--;
        *offset = ak_read_le32(left, "offset");
        ak_read_skip(left, list->level[top].skip, "hash");
        if (!list->level[top].of_lists) {
            list->seen++;
            return true;
        }
        (void)push_list(list, *offset);
    }
    if (list->seen < list->told)
        ak_regf_damaged(list->hive, list->offset, "fewer subkeys than their key says");
    list->told = 0; /* noted once */
    return false;
}

struct ak_span ak_regf_value_list(struct ak_regf *hive, const struct ak_regf_key *key)
{
    struct ak_span list = {NULL, 0};
    struct ak_parse parse;
    if (key->values == 0)
        return list;
    list = cell_noted(hive, key->value_list);
    if (list.size == 0)
        return list;
    size_t count = list.size / 4;
    if (count < key->values)
        ak_regf_damaged(hive, key->value_list, "fewer values than their key says");
    else
        count = key->values;
    if (count > hive->budget) {
        ak_regf_damaged(hive, key->value_list, "lists that are longer than the hive");
        count = (size_t)hive->budget;
    }
    hive->budget -= count;
    struct ak_reader r = ak_reader_of(list.bytes, list.size, &parse);
    return ak_read_span(&r, count * 4, "list of values");
}

/* ---- values ---- */

bool ak_regf_value_parse(struct ak_regf *hive, uint32_t offset, struct ak_regf_value *value)
{
    struct ak_parse parse;
    bool cut;
    memset(value, 0, sizeof *value);
    struct ak_span bytes = cell_noted(hive, offset);
    if (bytes.size == 0)
        return false;
    if (!is_kind(bytes, "vk")) {
        ak_regf_damaged(hive, offset, "a cell that is no value");
        return false;
    }
    value->offset = offset;
    struct ak_reader r = ak_reader_of(bytes.bytes, bytes.size, &parse);
    ak_read_skip(&r, 2, "signature");
    size_t length = ak_read_le16(&r, "length of the name");
    uint32_t size = ak_read_le32(&r, "size of data");
    struct ak_reader field = r;
    value->data = ak_read_le32(&r, "data");
    value->type = ak_read_le32(&r, "type");
    value->latin = (ak_read_le16(&r, "flags") & VALUE_LATIN) != 0;
    ak_read_skip(&r, 2, "spare");
    value->name = name_of(&r, length, &cut);
    if (!ak_reader_ok(&r)) {
        ak_regf_damaged(hive, offset, "a value that is cut");
        return false;
    }
    if (cut)
        ak_regf_damaged(hive, offset, "a value's name that is cut");
    value->resident = (size & 0x80000000u) != 0;
    value->size = size & 0x7fffffffu;
    if (value->resident)
        value->inner = ak_read_span(&field, value->size < 4 ? value->size : 4, "data");
    return true;
}

/* Segments of big data: writes them unless `out` is NULL, and returns how many bytes there are. */
static size_t segments(const struct ak_regf *hive, const struct ak_regf_value *value,
                       struct ak_span record, uint8_t *out, size_t room)
{
    const char *why;
    struct ak_parse parse, list_parse;
    struct ak_reader r = ak_reader_of(record.bytes, record.size, &parse);
    ak_read_skip(&r, 2, "signature");
    size_t count = ak_read_le16(&r, "segments"), done = 0;
    struct ak_span list = cell(hive, ak_read_le32(&r, "list"), &why);
    struct ak_reader offsets = ak_reader_of(list.bytes, list.size, &list_parse);
    for (size_t i = 0; i < count && done < room; i++) {
        uint32_t offset = ak_read_le32(&offsets, "segment");
        struct ak_span part = {NULL, 0};
        if (ak_reader_ok(&offsets))
            part = cell(hive, offset, &why);
        size_t wanted = value->size - done < SEGMENT ? value->size - done : SEGMENT;
        size_t size = part.size < wanted ? part.size : wanted;
        size = size < room - done ? size : room - done;
        if (out != NULL && size != 0)
            memcpy(out + done, part.bytes, size);
        done += size;
        if (size < wanted)
            break; /* what follows a gap would stand at a wrong place */
    }
    return done;
}

static bool is_big(const struct ak_regf_value *value, struct ak_span data)
{
    return value->size > SEGMENT && value->size > data.size && is_kind(data, "db");
}

struct ak_span ak_regf_data(struct ak_regf *hive, const struct ak_regf_value *value)
{
    struct ak_span data = value->inner;
    if (value->size == 0)
        return data;
    if (!value->resident) {
        const char *why;
        data = cell(hive, value->data, &why);
        if (why != NULL && data.size < value->size)
            ak_regf_damaged(hive, value->data, why);
        if (is_big(value, data)) {
            data.size = segments(hive, value, data, NULL, value->size);
            data.bytes = NULL;
        }
        if (why != NULL && data.size < value->size)
            return data;
    }
    if (data.size < value->size)
        ak_regf_damaged(hive, value->offset, "a value with less data than it says");
    else
        data.size = value->size;
    return data;
}

size_t ak_regf_data_copy(const struct ak_regf *hive, const struct ak_regf_value *value,
                         uint8_t *out, size_t room)
{
    const char *why;
    struct ak_span data = cell(hive, value->data, &why);
    return is_big(value, data) ? segments(hive, value, data, out, room) : 0;
}

/* ---- the whole hive ---- */

/* Notes bins whose header is wrong. Cells in them are judged by themselves. */
static void check_bins(struct ak_regf *hive)
{
    size_t at = 0;
    while (at < hive->bins.size) {
        struct ak_parse parse;
        struct ak_reader r = ak_reader_of(hive->bins.bytes, hive->bins.size, &parse);
        ak_read_skip(&r, at, "bin");
        bool good = is_kind(ak_read_span(&r, 4, "signature"), "hbin");
        good = ak_read_le32(&r, "offset") == at && good;
        size_t size = ak_read_le32(&r, "size");
        if (!good || size == 0 || size % BIN_ALIGN != 0 || !ak_reader_ok(&r)) {
            ak_regf_damaged(hive, (uint32_t)at, "a bin without its header");
            size = BIN_ALIGN;
        }
        at = size < hive->bins.size - at ? at + size : hive->bins.size;
    }
}

static bool is_key(struct ak_regf *hive, uint32_t offset)
{
    struct ak_regf_damage before = hive->damage;
    struct ak_regf_key key;
    bool good = ak_regf_key_parse(hive, offset, &key);
    hive->damage = before;
    return good;
}

/* The first key that says that it is a root and has subkeys; else the first that says it. */
static uint32_t search_root(struct ak_regf *hive)
{
    struct ak_regf_damage before = hive->damage;
    struct ak_parse parse;
    struct ak_regf_key key;
    uint32_t found = none;
    struct ak_reader r = ak_reader_of(hive->bins.bytes, hive->bins.size, &parse);
    while (r.left >= CELL_ALIGN) {
        uint32_t offset = (uint32_t)r.offset;
        const uint8_t *p = ak_reader_take(&r, CELL_ALIGN, "cell");
        if ((p[3] & 0x80u) == 0 || p[4] != 'n' || p[5] != 'k' || (p[6] & AK_REGF_KEY_ROOT) == 0 ||
            !ak_regf_key_parse(hive, offset, &key))
            continue;
        if (key.subkeys != 0) {
            found = offset;
            break;
        }
        found = found == none ? offset : found;
    }
    hive->damage = before;
    return found;
}

/* Without a good base block the bins end with the last one that has a header: zeros and remnants
 * may follow. */
static size_t size_by_headers(struct ak_reader r)
{
    size_t end = r.left, known = 0, start = r.offset;
    while (r.left >= BIN_HEADER) {
        size_t at = r.offset - start;
        struct ak_reader bin = ak_read_sub(&r, r.left < BIN_ALIGN ? r.left : BIN_ALIGN, "bin");
        bool good = is_kind(ak_read_span(&bin, 4, "signature"), "hbin");
        good = ak_read_le32(&bin, "offset") == at && good;
        size_t size = ak_read_le32(&bin, "size");
        if (good)
            known = size < end - at ? at + size : end;
    }
    return known;
}

/* How much of the file the bins are. */
static void find_bins(struct ak_regf *hive)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(hive->image.bytes, hive->image.size, &parse);
    ak_read_skip(&r, AK_REGF_HEADER, "base block");
    bool known = hive->base_good && hive->base.bins != 0;
    if (known && hive->base.bins > r.left)
        ak_regf_damaged(hive, (uint32_t)r.left, "the file ends before its bins do");
    size_t size = !known ? size_by_headers(r) : hive->base.bins < r.left ? hive->base.bins : r.left;
    /* Offsets of the format have 31 bits. */
    hive->bins = ak_read_span(&r, size < INT32_MAX ? size : INT32_MAX, "bins");
    hive->budget = hive->bins.size / 4;
}

enum ak_verdict ak_regf_open(struct ak_regf *hive, struct ak_span image, struct ak_parse *parse)
{
    memset(hive, 0, sizeof *hive);
    hive->image = image;
    enum ak_verdict verdict = ak_regf_base_parse(image, &hive->base, parse);
    hive->base_good = verdict == AK_VERDICT_PARSED && hive->base.checksum_good;
    find_bins(hive);
    if (verdict != AK_VERDICT_PARSED && !is_kind(hive->bins, "hbin"))
        return verdict;
    struct ak_reader r = ak_reader_of(image.bytes, image.size, parse);
    if (!hive->base_good) {
        hive->damage.count = 1;
        hive->damage.why = "the base block";
    }
    check_bins(hive);
    hive->root = hive->base.root;
    if (!is_key(hive, hive->root)) {
        if (hive->base_good)
            ak_regf_damaged(hive, hive->root, "no key where the root should be");
        hive->root = search_root(hive);
        if (hive->root == none)
            ak_reader_fail(&r, hive->bins.size < BIN_HEADER ? AK_VERDICT_SHORT : AK_VERDICT_BAD,
                           "root key");
    }
    return parse->verdict;
}
