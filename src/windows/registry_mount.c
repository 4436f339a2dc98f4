/* SPDX-License-Identifier: Apache-2.0 */
#include "windows/registry_mount.h"

#include "base/upcase.h"
#include "base/utf16.h"

#include "base/banned.h"

#define CONTROL "HKLM\\SYSTEM\\CurrentControlSet\\Control"
#define SCHANNEL CONTROL "\\SecurityProviders\\SCHANNEL"
#define SQL "HKLM\\SOFTWARE\\Microsoft\\Microsoft SQL Server"
#define NDP "HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup\\NDP"
#define POLICIES "HKLM\\SOFTWARE\\Policies"

/* The first row that fits. `reg save` of a subkey gives its name to the root or none at all, so
 * most rows go by what lies below. What two keys have in common (SSL\00010002 of the system and of
 * policy) is told by the root's name or not at all. */
static const struct row {
    const char *mount;
    const char *root;     /* the root's name; NULL: any */
    const char *file;     /* the end of the name in the base block; NULL: any */
    const char *needs[2]; /* subkeys that must be there */
} rows[] = {
    {"HKLM\\SYSTEM", NULL, NULL, {"Select", NULL}},
    {"HKLM\\SYSTEM", NULL, NULL, {"ControlSet001", NULL}},
    {"HKLM\\SYSTEM", NULL, NULL, {"ControlSet002", NULL}},
    {"HKU\\.DEFAULT", NULL, "\\DEFAULT", {"Software", "Control Panel"}},
    {"HKCU", NULL, NULL, {"Software", "Control Panel"}},
    {"HKCU", NULL, NULL, {"Software", "Environment"}},
    {"HKCU\\Software\\Classes", NULL, "\\UsrClass.dat", {NULL, NULL}},
    /* SOFTWARE of the machine or of a user: both hold Microsoft\Windows NT\CurrentVersion. */
    {"HKLM\\SOFTWARE", NULL, NULL, {"Microsoft", "Classes"}},
    {"HKLM\\SOFTWARE", NULL, NULL, {"Microsoft\\NET Framework Setup", NULL}},
    {"HKLM\\SOFTWARE", NULL, NULL, {"Microsoft\\Windows NT\\CurrentVersion\\ProfileList", NULL}},
    {"HKLM\\SOFTWARE", NULL, NULL, {"Microsoft\\Microsoft SQL Server\\Instance Names", NULL}},
    {"HKCU\\Software", NULL, NULL, {"Microsoft", "AppDataLow"}},
    {"HKCU\\Software",
     NULL,
     NULL,
     {"Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist", NULL}},
    {POLICIES, "Policies", NULL, {"Microsoft", NULL}},
    {POLICIES, NULL, NULL, {"Microsoft\\Cryptography\\Configuration\\SSL", NULL}},
    {"HKLM\\SOFTWARE\\WOW6432Node", "WOW6432Node", NULL, {"Microsoft", NULL}},
    {"HKLM\\SOFTWARE", "SOFTWARE", NULL, {"Microsoft", NULL}},
    {"HKLM\\SOFTWARE", NULL, NULL, {"Microsoft\\Windows NT\\CurrentVersion", "Policies"}},
    {"HKLM\\SOFTWARE\\Microsoft", NULL, NULL, {"NET Framework Setup", "Windows NT"}},
    {"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion",
     NULL,
     NULL,
     {"ProfileList", "Winlogon"}},
    {"HKLM\\SYSTEM\\CurrentControlSet", NULL, NULL, {"Control", "Services"}},
    {"HKLM\\SYSTEM\\CurrentControlSet\\Services", NULL, NULL, {"Tcpip", "LanmanServer"}},
    {CONTROL, NULL, NULL, {"SecurityProviders\\SCHANNEL", NULL}},
    {CONTROL "\\SecurityProviders", NULL, NULL, {"SCHANNEL", NULL}},
    {SCHANNEL, "SCHANNEL", NULL, {NULL, NULL}},
    {SCHANNEL, NULL, NULL, {"Protocols", "Ciphers"}},
    {SCHANNEL, NULL, NULL, {"Protocols", "Hashes"}},
    {SCHANNEL, NULL, NULL, {"Protocols", "KeyExchangeAlgorithms"}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"SSL 2.0", NULL}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"SSL 3.0", NULL}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"TLS 1.0", NULL}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"TLS 1.1", NULL}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"TLS 1.2", NULL}},
    {SCHANNEL "\\Protocols", NULL, NULL, {"TLS 1.3", NULL}},
    {CONTROL "\\Cryptography", NULL, NULL, {"Configuration\\Local\\SSL", NULL}},
    {CONTROL "\\Cryptography\\Configuration", NULL, NULL, {"Local\\SSL", NULL}},
    {CONTROL "\\Cryptography\\Configuration\\Local", "Local", NULL, {"SSL\\00010002", NULL}},
    {CONTROL "\\Cryptography\\Configuration\\Local\\SSL", NULL, NULL, {"00010002", "00010003"}},
    {POLICIES "\\Microsoft\\Cryptography\\Configuration",
     "Configuration",
     NULL,
     {"SSL\\00010002", NULL}},
    {POLICIES "\\Microsoft\\Cryptography", "Cryptography", NULL, {"Configuration\\SSL", NULL}},
    {CONTROL "\\Lsa", NULL, NULL, {"FipsAlgorithmPolicy", NULL}},
    {SQL, NULL, NULL, {"Instance Names", NULL}},
    {SQL, "Microsoft SQL Server", NULL, {NULL, NULL}},
    {"HKLM\\SOFTWARE\\Microsoft\\.NETFramework", ".NETFramework", NULL, {NULL, NULL}},
    {"HKLM\\SOFTWARE\\Microsoft\\.NETFramework", NULL, NULL, {"v4.0.30319", "Policy"}},
    {"HKLM\\SOFTWARE\\Microsoft\\.NETFramework", NULL, NULL, {"v4.0.30319", "v2.0.50727"}},
    {"HKLM\\SOFTWARE\\Microsoft\\NET Framework Setup", NULL, NULL, {"NDP", NULL}},
    {NDP, NULL, NULL, {"v4\\Full", NULL}},
};

/* Longest name of a table's part, in UTF-8; a longer one in a hive is not equal to any. */
enum { NAME_ROOM = 256 };
/* Elements of lists that the whole search may follow: no known root has so many subkeys, and a
 * crafted one may not have them all read again for every row. */
enum { SEARCH_BUDGET = 1000000, SEARCH_LEAST = 4096 };
/* Bytes of a key without a name, and of its place in a list. */
enum { SUBKEY_LEAST = 84 };

static bool same_name(struct ak_span name, bool latin, struct ak_span wanted)
{
    char text[NAME_ROOM];
    if (latin) /* the wanted names are ASCII: another byte differs anyway */
        return ak_upcase_equal(name, wanted);
    size_t size = ak_utf16le_to_utf8(name, text, sizeof text);
    struct ak_span utf8 = {(const uint8_t *)text, size};
    return ak_upcase_equal(utf8, wanted);
}

static bool child(struct ak_regf *hive, const struct ak_regf_key *parent, struct ak_span wanted,
                  struct ak_regf_key *found)
{
    struct ak_regf_subkeys list;
    uint32_t offset;
    ak_regf_subkeys_begin(&list, hive, parent);
    while (ak_regf_subkeys_next(&list, &offset))
        if (ak_regf_key_parse(hive, offset, found) && same_name(found->name, found->latin, wanted))
            return true;
    return false;
}

static bool find(struct ak_regf *hive, const struct ak_regf_key *root, const char *path,
                 struct ak_regf_key *found)
{
    *found = *root;
    for (const char *end; *path != '\0'; path = *end != '\0' ? end + 1 : end) {
        struct ak_regf_key parent = *found;
        end = path + strcspn(path, "\\");
        struct ak_span part = {(const uint8_t *)path, (size_t)(end - path)};
        if (!child(hive, &parent, part, found))
            return false;
    }
    return true;
}

static bool file_ends_with(const struct ak_regf *hive, const char *end)
{
    char text[NAME_ROOM];
    size_t size = ak_utf16le_to_utf8(hive->base.file_name, text, sizeof text);
    const char *zero = memchr(text, 0, size + 1);
    size = (size_t)(zero - text);
    size_t wanted = strlen(end);
    if (wanted > size)
        return false;
    struct ak_span tail = {(const uint8_t *)text + size - wanted, wanted};
    return ak_upcase_equal(tail, ak_span_of(end));
}

static bool fits(struct ak_regf *hive, const struct ak_regf_key *root, const struct row *row)
{
    struct ak_regf_key found;
    if (row->root != NULL && !same_name(root->name, root->latin, ak_span_of(row->root)))
        return false;
    if (row->file != NULL && !file_ends_with(hive, row->file))
        return false;
    for (size_t i = 0; i < AK_COUNT(row->needs); i++)
        if (row->needs[i] != NULL && !find(hive, root, row->needs[i], &found))
            return false;
    return true;
}

const char *ak_registry_mount_of(const struct ak_regf *hive)
{
    struct ak_regf own = *hive; /* damage is the loader's to note */
    struct ak_regf_key root;
    if (!ak_regf_key_parse(&own, own.root, &root))
        return NULL;
    /* A subkey of an honest hive takes 84 bytes and more, and is read at most once for each need
     * of a row: this is enough for it, and a small crafted hive costs little. */
    size_t enough = own.bins.size * AK_COUNT(rows) * 2 / SUBKEY_LEAST + SEARCH_LEAST;
    own.budget = enough < SEARCH_BUDGET ? enough : SEARCH_BUDGET;
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (fits(&own, &root, &rows[i]))
            return rows[i].mount;
    return NULL;
}

uint32_t ak_registry_mount_control_set(const struct ak_regf *hive)
{
    struct ak_regf own = *hive;
    struct ak_regf_key root, select;
    struct ak_regf_value value;
    struct ak_parse parse;
    if (!ak_regf_key_parse(&own, own.root, &root) || !find(&own, &root, "Select", &select))
        return 0;
    struct ak_span list = ak_regf_value_list(&own, &select);
    struct ak_reader r = ak_reader_of(list.bytes, list.size, &parse);
    while (r.left != 0)
        if (ak_regf_value_parse(&own, ak_read_le32(&r, "value"), &value) &&
            same_name(value.name, value.latin, ak_span_of("Current")) && value.inner.size == 4)
            return ak_le32(value.inner.bytes);
    return 0;
}
