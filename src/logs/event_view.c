/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/event_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "logs/message.h"
#include "model/tls_names.h"

#include "base/banned.h"

bool ak_event_view_wants(const char *provider)
{
    enum ak_log_provider found;
    const char *instance;
    return ak_log_provider_find(provider, &found, &instance);
}

/* ---- values ---- */

/* A number as event logs write it: "40", "0x8009030d", "-2146893043", and behind "%%" that of a
 * message. */
static bool read_number(const char *text, uint32_t *value)
{
    char *end;
    while (*text == ' ' || *text == '%')
        text++;
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (!hex && *text != '-' && (*text < '0' || *text > '9'))
        return false;
    long long number = strtoll(text, &end, hex ? 16 : 10);
    if (*end != '\0' || number < INT32_MIN || number > UINT32_MAX)
        return false;
    *value = (uint32_t)number;
    return true;
}

/* Arguments of SQL Server's messages that are hexadecimal stand there without "0x", so that "80" is
 * 128. */
static bool read_hex(const char *text, uint32_t *value)
{
    char *end;
    size_t n = strlen(text);
    if (n == 0 || n > 8 || strspn(text, "0123456789abcdefABCDEF") != n)
        return read_number(text, value);
    *value = (uint32_t)strtoul(text, &end, 16);
    return true;
}

/* "Unspecified Protocol (4096)", in any language: a version that the table of names lacks, by its
 * bit (SP_PROT_... of schannel.h, of the server and of the client). */
static uint16_t version_of_bit(const char *text)
{
    static const struct {
        const char *bits[2];
        uint16_t code;
    } rows[] = {{{"(16)", "(32)"}, 0x0300},
                {{"(64)", "(128)"}, 0x0301},
                {{"(256)", "(512)"}, 0x0302},
                {{"(1024)", "(2048)"}, 0x0303},
                {{"(4096)", "(8192)"}, 0x0304}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strstr(text, rows[i].bits[0]) != NULL || strstr(text, rows[i].bits[1]) != NULL)
            return rows[i].code;
    return 0;
}

/* "TLS 1.2"; "SSL 3.0". */
static uint16_t read_version(const char *text)
{
    static const uint16_t codes[] = {0x0300, 0x0301, 0x0302, 0x0303, 0x0304};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const char *name = ak_tls_version_name(codes[i]);
        const char *at = name != NULL ? strstr(text, name) : NULL;
        const char *kind = codes[i] == 0x0300 ? "SSL" : "TLS";
        if (at != NULL && strstr(text, kind) != NULL)
            return codes[i];
    }
    return version_of_bit(text);
}

static uint8_t read_role(const char *text)
{
    static const struct {
        const char *word;
        uint8_t role;
    } words[] = {{"client", AK_EVENT_ROLE_CLIENT},
                 {"server", AK_EVENT_ROLE_SERVER},
                 {"クライアント", AK_EVENT_ROLE_CLIENT},
                 {"サーバー", AK_EVENT_ROLE_SERVER}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i].word) == 0)
            return words[i].role;
    return AK_EVENT_ROLE_UNKNOWN;
}

/* ---- Schannel ---- */

enum field { NONE, ALERT, STATE, STATUS, VERSION, SUITE, ROLE, TARGET, PROGRAM };

static enum field field_of(const char *name)
{
    static const struct {
        const char *name;
        enum field field;
    } names[] = {
        {"AlertDesc", ALERT},
        {"ErrorState", STATE},
        {"ErrorStatus", STATE}, /* of 36870 */
        {"ErrorCode", STATUS},
        {"Protocol", VERSION},
        {"CipherSuite", SUITE},
        {"Type", ROLE},
        {"TargetName", TARGET},
        {"Name", TARGET},
        {"CallerProcessImageName", PROGRAM},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i].name) == 0)
            return names[i].field;
    return NONE;
}

/* Windows before Vista's successors gave the values without names, in the order of the text. */
static enum field field_at(uint32_t code, size_t index)
{
    static const struct {
        uint32_t code;
        enum field fields[3];
    } orders[] = {{36870, {ROLE, STATUS, STATE}}, {36871, {ROLE, STATE, NONE}},
                  {36874, {VERSION, NONE, NONE}}, {36887, {ALERT, NONE, NONE}},
                  {36888, {ALERT, STATE, NONE}},  {36884, {TARGET, NONE, NONE}}};
    for (size_t i = 0; i < sizeof orders / sizeof orders[0] && index < 3; i++)
        if (orders[i].code == code)
            return orders[i].fields[index];
    return NONE;
}

static void take_field(struct ak_event *e, enum field field, const char *value)
{
    uint32_t number = 0;
    bool good = read_number(value, &number);
    switch (field) {
    case ALERT:
        e->has_alert = good && number <= 255;
        e->alert = e->has_alert ? (uint8_t)number : 0;
        break;
    case STATE:
        e->has_state = good;
        e->state = number;
        break;
    case STATUS:
        e->has_status = good;
        e->status = number;
        break;
    case VERSION:
        e->version = read_version(value);
        break;
    case SUITE:
        e->cipher_suite = good && number <= 0xffff ? (uint16_t)number : 0;
        break;
    case ROLE:
        e->role = read_role(value);
        break;
    case TARGET:
        ak_message_copy(value, strlen(value), e->target, sizeof e->target);
        break;
    case PROGRAM:
        ak_message_copy(value, strlen(value), e->program, sizeof e->program);
        break;
    case NONE:
        break;
    }
}

static void read_schannel(struct ak_event *e, const struct ak_event_record *record)
{
    for (size_t i = 0; i < record->item_count; i++) {
        const char *name = ak_event_record_name(record, i);
        enum field field = name[0] != '\0' ? field_of(name) : field_at(e->code, i);
        take_field(e, field, ak_event_record_value(record, i));
    }
}

/* ---- SQL Server ---- */

/* Behind the error code the milliseconds; behind them the client. */
static void read_times(struct ak_event *e, const struct ak_event_record *record)
{
    uint32_t ms[AK_LOGIN_PARTS + 1];
    size_t count = 0;
    while (count <= AK_LOGIN_PARTS && count + 1 < record->item_count &&
           read_number(ak_event_record_value(record, count + 1), &ms[count]))
        count++;
    ak_message_times(e, ms, count);
}

static void read_arguments(struct ak_event *e, const struct ak_event_record *record)
{
    const char *first = record->item_count != 0 ? ak_event_record_value(record, 0) : "";
    const char *second = record->item_count > 1 ? ak_event_record_value(record, 1) : "";
    switch (e->code) {
    case 17182:
        e->has_detail = read_hex(second, &e->detail);
        e->has_status = read_hex(first, &e->status);
        break;
    case 17830:
        e->has_status = read_hex(first, &e->status);
        read_times(e, record);
        break;
    case 17194: /* of Winsock in decimal up to SQL Server 2008 */
        e->has_status = read_number(first, &e->status) && e->status >= 10000 && e->status < 12000;
        e->has_status = e->has_status || read_hex(first, &e->status);
        break;
    case 17806:
    case 26010:
        if (!e->has_status)
            e->has_status = read_hex(first, &e->status);
        break;
    case 26014:
    case 33555:
    case 33556:
    case 33557:
    case 33565:
        if (e->thumbprint[0] == '\0' && strlen(first) == 40 &&
            strspn(first, "0123456789abcdefABCDEF") == 40)
            ak_message_copy(first, 40, e->thumbprint, sizeof e->thumbprint);
        break;
    default:
        break;
    }
}

/* The service that ended, and why: "SQL Server (INST)" and "%%2148081668". */
static bool read_service(struct ak_event *e, const struct ak_event_record *record)
{
    static const char product[] = "SQL Server (";
    const char *name = record->item_count > 1 ? ak_event_record_value(record, 0) : "";
    if (strncmp(name, product, sizeof product - 1) != 0)
        return false;
    name += sizeof product - 1;
    ak_message_copy(name, strcspn(name, ")"), e->instance, sizeof e->instance);
    if (strcmp(e->instance, "MSSQLSERVER") == 0)
        e->instance[0] = '\0';
    e->has_status = read_number(ak_event_record_value(record, 1), &e->status);
    return true;
}

/* ---- the record ---- */

static void join_values(const struct ak_event_record *record, struct ak_text *out)
{
    for (size_t i = 0; i < record->item_count; i++) {
        const char *name = ak_event_record_name(record, i);
        if (out->size != 0)
            ak_text_char(out, ' ');
        if (name[0] != '\0') {
            ak_text_add(out, name);
            ak_text_char(out, '=');
        }
        ak_text_add(out, ak_event_record_value(record, i));
    }
}

bool ak_event_view(const struct ak_event_record *record, const char *file, struct ak_event *e)
{
    const char *instance;
    struct ak_text text;
    memset(e, 0, sizeof *e);
    if (!ak_log_provider_find(record->provider, &e->provider, &instance))
        return false;
    const struct ak_log_event *known = ak_log_event_find(e->provider, record->id);
    if (known == NULL)
        return false;
    e->file = file;
    e->place = record->record_id;
    e->weight = (enum ak_log_weight)known->weight;
    e->code = record->id;
    e->time = record->time;
    ak_message_copy(record->computer, strlen(record->computer), e->host, sizeof e->host);
    ak_message_copy(instance, strlen(instance), e->instance, sizeof e->instance);
    ak_text_init(&text, 4 * AK_MAX_LOG_TEXT);
    join_values(record, &text);
    bool counts = true;
    if (e->provider == AK_LOG_SCHANNEL)
        read_schannel(e, record);
    else if (e->provider == AK_LOG_SERVICES)
        counts = read_service(e, record);
    ak_message_read(e, text.failed ? "" : ak_text_string(&text));
    if (e->provider == AK_LOG_SQL_SERVER)
        read_arguments(e, record);
    ak_text_release(&text);
    return counts;
}
