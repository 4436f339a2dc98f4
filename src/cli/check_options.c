/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cli/message.h"

#include "base/banned.h"

static enum ak_taken number(const char *name, const char *value, unsigned least, unsigned most,
                            unsigned *out)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end != '\0' || strlen(value) > 9 || n < least ||
        n > most) {
        ak_complain("--%s: '%s' is not a number from %u to %u", name, value, least, most);
        return AK_TAKEN_WRONG;
    }
    *out = (unsigned)n;
    return AK_TAKEN;
}

static enum ak_taken text_option(const char *name, const char *value, struct ak_check_arguments *o)
{
    const struct {
        const char *name, **to;
    } rows[] = {{"server-name", &o->server_name},
                {"alpn", &o->alpn},
                {"proxy", &o->proxy},
                {"user", &o->user},
                {"database", &o->database},
                {"password-file", &o->password_file},
                {"password-env", &o->password_env},
                {"ca", &o->ca},
                {"region", &o->region},
                {"workspace", &o->workspace},
                {"connect-to", &o->connect_to}};
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (strcmp(name, rows[i].name) == 0) {
            *rows[i].to = value;
            return AK_TAKEN;
        }
    return AK_TAKEN_OTHER;
}

static enum ak_taken flag_option(const char *name, struct ak_check_arguments *o)
{
    const struct {
        const char *name;
        bool *to;
    } rows[] = {{"leading-zero", &o->leading_zero},
                {"plan", &o->plan},
                {"monitor", &o->monitor},
                {"verbose", &o->verbose},
                {"verify", &o->verify}};
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (strcmp(name, rows[i].name) == 0) {
            *rows[i].to = true;
            return AK_TAKEN;
        }
    return AK_TAKEN_OTHER;
}

enum ak_taken ak_check_option(const char *name, const char *value, struct ak_check_arguments *o)
{
    const struct {
        const char *name;
        unsigned least, most, *to;
    } rows[] = {{"repeat", 1, AK_MAX_CHECK_REPETITIONS, &o->repeat},
                {"concurrency", 1, 256, &o->concurrency},
                {"connections", 1, AK_MAX_CHECK_ATTEMPTS, &o->connections},
                {"pace", 0, 60000, &o->pace},
                {"timeout", 1, 3600, &o->timeout}};
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (strcmp(name, rows[i].name) == 0)
            return number(name, value, rows[i].least, rows[i].most, rows[i].to);
    if (strcmp(name, "with") == 0) {
        if (o->with_count == AK_CHOSEN_PROGRAMS) {
            ak_complain("--with: more than %d of them", (int)AK_CHOSEN_PROGRAMS);
            return AK_TAKEN_WRONG;
        }
        o->with[o->with_count++] = value;
        return AK_TAKEN;
    }
    enum ak_taken taken = text_option(name, value, o);
    return taken != AK_TAKEN_OTHER ? taken : flag_option(name, o);
}

static bool wrong(const char *text)
{
    ak_complain("check: %s\nTry 'akushu help check'.", text);
    return false;
}

bool ak_check_arguments_fit(const struct ak_arguments *a)
{
    const struct ak_check_arguments *o = &a->check;
    if (a->operand_count == 0)
        return wrong("a server is needed: HOST, HOST,PORT, HOST\\INSTANCE, https://HOST ...");
    if (a->operand_count > AK_CHECK_SERVERS)
        return wrong("more than 16 servers");
    if (a->format == AK_FORMAT_CSV)
        return wrong("the format is text or jsonl");
    if (o->user == NULL &&
        (o->password_file != NULL || o->password_env != NULL || o->database != NULL))
        return wrong("--password-file, --password-env and --database belong to --user");
    if (o->password_file != NULL && o->password_env != NULL)
        return wrong("--password-file and --password-env cannot both be given");
    if (o->concurrency != 0 && o->repeat == 0)
        return wrong("--concurrency belongs to --repeat");
    if (o->monitor && (a->format != AK_FORMAT_TEXT || o->verbose || o->plan))
        return wrong("--monitor prints one line: it goes with neither --format, --verbose nor "
                     "--plan");
    if (a->write != NULL && strcmp(a->write, "-") == 0)
        return wrong("--write: the capture needs a file; '-' is the report's output");
    return true;
}
