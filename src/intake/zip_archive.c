/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/zip_archive.h"

#include <string.h>
#include <zip.h>

#include "base/alloc.h"
#include "base/codepage.h"
#include "base/limits.h"
#include "base/utf16.h"

#include "base/banned.h"

struct ak_zip {
    zip_t *archive;
    struct ak_zip_origin origin;
    uint64_t at;     /* of the source, while libzip reads */
    uint64_t budget; /* bytes that it may read; while the archive is opened */
    uint64_t allowed, given;
    zip_error_t error; /* of the source */
    bool opening, spent, failed;
    size_t count;
    unsigned holders;
};

struct ak_zip_stream {
    struct ak_zip *zip;
    zip_file_t *file;
    uint64_t given;
};

bool ak_zip_sniff(struct ak_span head)
{
    return head.size >= 4 && (memcmp(head.bytes, "PK\3\4", 4) == 0 || /* a member's header */
                              memcmp(head.bytes, "PK\5\6", 4) == 0);  /* an empty archive's end */
}

/* ---- the source that libzip reads from ---- */

static zip_int64_t source_read(struct ak_zip *z, void *data, zip_uint64_t length)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t got = 0;
    if (z->opening && length > z->budget) {
        z->spent = true;
        zip_error_set(&z->error, ZIP_ER_READ, 0);
        return -1;
    }
    if (!z->origin.read_at(z->origin.context, z->at, data, (size_t)length, &got, &error)) {
        z->failed = true;
        zip_error_set(&z->error, ZIP_ER_READ, error.system);
        return -1;
    }
    z->budget -= z->opening ? got : 0;
    z->at += got;
    return (zip_int64_t)got;
}

static zip_int64_t source_stat(const struct ak_zip *z, void *data, zip_uint64_t length)
{
    zip_stat_t *stat = ZIP_SOURCE_GET_ARGS(zip_stat_t, data, length, NULL);
    if (stat == NULL)
        return -1;
    zip_stat_init(stat);
    stat->size = z->origin.size;
    stat->valid |= ZIP_STAT_SIZE;
    return sizeof *stat;
}

static zip_int64_t source_seek(struct ak_zip *z, void *data, zip_uint64_t length)
{
    zip_int64_t to = zip_source_seek_compute_offset(z->at, z->origin.size, data, length, &z->error);
    if (to < 0)
        return -1;
    z->at = (uint64_t)to;
    return 0;
}

static zip_int64_t on_source(void *context, void *data, zip_uint64_t length, zip_source_cmd_t what)
{
    struct ak_zip *z = context;
    switch (what) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_OPEN:
        z->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return source_read(z, data, length);
    case ZIP_SOURCE_STAT:
        return source_stat(z, data, length);
    case ZIP_SOURCE_SEEK:
        return source_seek(z, data, length);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)z->at;
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&z->error, data, length);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&z->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

/* ---- opening ---- */

static enum ak_err opening_failed(const struct ak_zip *z, const zip_error_t *why,
                                  struct ak_error *error)
{
    int code = zip_error_code_zip(why);
    if (z->spent)
        return ak_error_set(error, AK_ERR_UNSUPPORTED,
                            "a zip archive with too large a directory: not opened");
    if (z->failed)
        return ak_error_system(error, AK_ERR_READ, zip_error_code_system(why), "cannot read");
    if (code == ZIP_ER_MEMORY)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    if (code == ZIP_ER_MULTIDISK)
        return ak_error_set(error, AK_ERR_UNSUPPORTED,
                            "a part of a zip archive in several files: join them first");
    return ak_error_set(error, AK_ERR_FORMAT, "a damaged zip archive: its directory is not there");
}

static uint64_t allowance(uint64_t size)
{
    uint64_t most = AK_MAX_ZIP_BYTES;
    return size > (most - AK_ZIP_FREE_BYTES) / AK_MAX_ZIP_RATIO
               ? most
               : AK_ZIP_FREE_BYTES + size * AK_MAX_ZIP_RATIO;
}

static enum ak_err too_much(struct ak_error *error)
{
    return ak_error_set(error, AK_ERR_UNSUPPORTED,
                        "a zip bomb: more comes out of the archive than its size can honestly "
                        "hold; it is read no further");
}

/* What the directory claims; that may be a lie, so what comes out is counted as well. */
static enum ak_err weigh(struct ak_zip *z, struct ak_error *error)
{
    struct ak_zip_member member;
    uint64_t sum = 0;
    if (z->count > AK_MAX_ZIP_MEMBERS)
        return ak_error_set(error, AK_ERR_UNSUPPORTED,
                            "a zip archive with too many members: not opened");
    for (size_t i = 0; i < z->count; i++) {
        if (!ak_zip_member_at(z, i, &member))
            continue;
        if (member.size > z->allowed - sum)
            return too_much(error);
        sum += member.size;
    }
    return AK_ERR_NONE;
}

static bool open_archive(struct ak_zip *z, struct ak_error *error)
{
    zip_error_t why;
    zip_error_init(&why);
    z->opening = true;
    z->budget = AK_MAX_ZIP_DIRECTORY;
    zip_source_t *source = zip_source_function_create(on_source, z, &why);
    if (source != NULL)
        z->archive = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (z->archive == NULL && source != NULL)
        zip_source_free(source);
    if (z->archive == NULL)
        (void)opening_failed(z, &why, error);
    zip_error_fini(&why);
    z->opening = false;
    return z->archive != NULL;
}

struct ak_zip *ak_zip_open(const struct ak_zip_origin *origin, struct ak_error *error)
{
    struct ak_zip *z = ak_alloc(1, sizeof *z);
    if (z == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    z->holders = 1;
    z->origin = *origin;
    z->allowed = allowance(origin->size);
    zip_error_init(&z->error);
    if (open_archive(z, error)) {
        zip_int64_t count = zip_get_num_entries(z->archive, 0);
        z->count = count > 0 ? (size_t)count : 0;
        if (weigh(z, error) == AK_ERR_NONE)
            return z;
    }
    ak_zip_drop(z);
    return NULL;
}

struct ak_zip *ak_zip_keep(struct ak_zip *z)
{
    z->holders++;
    return z;
}

void ak_zip_drop(struct ak_zip *z)
{
    if (z == NULL || --z->holders != 0)
        return;
    if (z->archive != NULL)
        zip_discard(z->archive);
    zip_error_fini(&z->error);
    ak_free(z);
}

void ak_zip_resume(struct ak_zip *z, uint64_t given, uint64_t allowed)
{
    z->given = given;
    if (allowed != 0)
        z->allowed = allowed;
}

uint64_t ak_zip_given(const struct ak_zip *z)
{
    return z->given;
}

bool ak_zip_is_spent(const struct ak_zip *z)
{
    return z->given > z->allowed;
}

/* ---- members ---- */

size_t ak_zip_count(const struct ak_zip *z)
{
    return z->count;
}

enum ak_err ak_zip_obstacle_told(enum ak_zip_obstacle obstacle, struct ak_error *error)
{
    switch (obstacle) {
    case AK_ZIP_ENCRYPTED:
        return ak_error_set(error, AK_ERR_UNSUPPORTED,
                            "encrypted in the zip archive: unpack it with its password");
    case AK_ZIP_UNSUPPORTED:
        return ak_error_set(error, AK_ERR_UNSUPPORTED,
                            "packed in a way that is not read (of zip: stored and deflated)");
    case AK_ZIP_DAMAGED:
        return ak_error_set(error, AK_ERR_FORMAT, "its entry in the archive is damaged");
    case AK_ZIP_DOCUMENT:
        return ak_error_set(error, AK_ERR_FORMAT, "a document or program in the form of a zip");
    default:
        return AK_ERR_NONE;
    }
}

bool ak_zip_is_document(const struct ak_zip *z)
{
    static const char *const names[] = {"[Content_Types].xml", "META-INF/MANIFEST.MF",
                                        "META-INF/manifest.xml"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (zip_name_locate(z->archive, names[i], 0) >= 0)
            return true;
    return false;
}

bool ak_zip_member_at(const struct ak_zip *z, size_t index, struct ak_zip_member *member)
{
    zip_stat_t s;
    memset(member, 0, sizeof *member);
    zip_stat_init(&s);
    if (index >= z->count || zip_stat_index(z->archive, index, 0, &s) != 0)
        return false;
    bool packed = (s.valid & ZIP_STAT_COMP_METHOD) != 0 && s.comp_method != ZIP_CM_STORE &&
                  s.comp_method != ZIP_CM_DEFLATE;
    size_t length = (s.valid & ZIP_STAT_NAME) != 0 ? strlen(s.name) : 0;
    bool folder = length != 0 && (s.name[length - 1] == '/' || s.name[length - 1] == '\\');
    member->size = (s.valid & ZIP_STAT_SIZE) != 0 ? s.size : 0;
    if (folder && member->size == 0)
        member->obstacle = AK_ZIP_FOLDER;
    else if ((s.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && s.encryption_method != ZIP_EM_NONE)
        member->obstacle = AK_ZIP_ENCRYPTED;
    else if (packed)
        member->obstacle = AK_ZIP_UNSUPPORTED;
    return true;
}

static void add_437(const struct ak_zip *z, size_t index, struct ak_text *name)
{
    const char *guessed = zip_get_name(z->archive, index, ZIP_FL_ENC_GUESS);
    struct ak_span span = {(const uint8_t *)guessed, guessed != NULL ? strlen(guessed) : 0};
    if (ak_utf8_valid(span))
        ak_text_bytes(name, span.bytes, span.size);
}

void ak_zip_name(const struct ak_zip *z, size_t index, struct ak_text *name)
{
    const char *raw = zip_get_name(z->archive, index, ZIP_FL_ENC_RAW);
    struct ak_span span = {(const uint8_t *)raw, raw != NULL ? strlen(raw) : 0};
    size_t begin = name->size;
    if (span.size > AK_MAX_ZIP_NAME)
        span.size = AK_MAX_ZIP_NAME;
    if (ak_utf8_valid(span))
        ak_text_bytes(name, span.bytes, span.size);
    else if (ak_codepage_guess(span) == AK_CODEPAGE_932)
        ak_codepage_to_utf8(AK_CODEPAGE_932, span, name);
    else
        add_437(z, index, name);
    for (size_t i = begin; i < name->size; i++)
        if (name->bytes[i] == '\\')
            name->bytes[i] = '/';
}

/* ---- their bytes ---- */

static enum ak_err member_failed(const struct ak_zip *z, const zip_error_t *why,
                                 struct ak_error *error)
{
    int code = why != NULL ? zip_error_code_zip(why) : ZIP_ER_MEMORY;
    if (z->failed)
        return ak_error_system(error, AK_ERR_READ, zip_error_code_system(why), "cannot read");
    switch (code) {
    case ZIP_ER_MEMORY:
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    case ZIP_ER_CRC:
        return ak_error_set(error, AK_ERR_FORMAT, "damaged: its checksum in the archive differs");
    default:
        return ak_error_set(error, AK_ERR_FORMAT, "the compressed data are damaged");
    }
}

/* libzip could take more forms than these, but some of them cost as much memory as they ask for. */
static enum ak_err may_open(const struct ak_zip *z, size_t index, struct ak_error *error)
{
    struct ak_zip_member member;
    if (ak_zip_is_spent(z))
        return too_much(error);
    bool there = ak_zip_member_at(z, index, &member);
    return ak_zip_obstacle_told(there ? member.obstacle : AK_ZIP_DAMAGED, error);
}

struct ak_zip_stream *ak_zip_stream_open(struct ak_zip *z, size_t index, struct ak_error *error)
{
    if (may_open(z, index, error) != AK_ERR_NONE)
        return NULL;
    struct ak_zip_stream *s = ak_alloc(1, sizeof *s);
    if (s == NULL) {
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    s->file = zip_fopen_index(z->archive, index, 0);
    if (s->file == NULL) {
        (void)member_failed(z, zip_get_error(z->archive), error);
        ak_free(s);
        return NULL;
    }
    s->zip = ak_zip_keep(z);
    return s;
}

void ak_zip_stream_close(struct ak_zip_stream *s)
{
    if (s == NULL)
        return;
    (void)zip_fclose(s->file);
    ak_zip_drop(s->zip);
    ak_free(s);
}

enum ak_err ak_zip_stream_read(struct ak_zip_stream *s, void *bytes, size_t room, size_t *got,
                               struct ak_error *error)
{
    struct ak_zip *z = s->zip;
    enum ak_err err = AK_ERR_NONE;
    *got = 0;
    zip_int64_t n = !ak_zip_is_spent(z) ? zip_fread(s->file, bytes, room) : 0;
    if (n > 0 && (uint64_t)n <= room) {
        *got = (size_t)n;
        s->given += *got;
        z->given += *got;
    }
    if (ak_zip_is_spent(z)) {
        *got = 0;
        err = too_much(error);
    } else if (n < 0) {
        err = member_failed(z, zip_file_get_error(s->file), error);
    }
    if (err != AK_ERR_NONE && error != NULL)
        error->offset = s->given;
    return err;
}
