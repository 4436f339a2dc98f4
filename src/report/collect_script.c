/* SPDX-License-Identifier: Apache-2.0 */
#include "report/collect_script.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

enum { CALL_VALUES = 3 }; /* :sql of the .cmd hands so many on */

static bool is_wanted(const struct ak_collect_wish *wish, const struct ak_collect_key *key)
{
    return key->role == AK_COLLECT_BOTH || wish->role == AK_COLLECT_BOTH || key->role == wish->role;
}

static bool plain(const char *text, const char *others)
{
    for (; *text != '\0'; text++) {
        char c = *text;
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && strchr(others, c) == NULL)
            return false;
    }
    return true;
}

bool ak_collect_is_instance(const char *name)
{
    return *name != '\0' && strlen(name) <= 16 && plain(name, "_$#");
}

bool ak_collect_is_folder(const char *path)
{
    size_t size = strlen(path);
    return size != 0 && size <= 200 && plain(path, " \\/:._-()$~@+,") && path[size - 1] != '\\';
}

/* ---- PowerShell ---- */

static void quoted(struct ak_text *out, const char *text, size_t size)
{
    ak_text_char(out, ' ');
    ak_text_char(out, '\'');
    ak_text_bytes(out, text, size);
    ak_text_char(out, '\'');
}

static void powershell_step(const struct ak_collect_key *k, struct ak_text *out)
{
    static const char *const words[] = {"Tree", "Values",   "Recursive", "List", "Names",
                                        "Key",  "Like-Key", "Children",  "",     "Errorlogs"};
    ak_text_format(out, "        { %s", words[k->take]);
    if (k->take == AK_COLLECT_TREE)
        quoted(out, k->id, strlen(k->id));
    quoted(out, k->path, strlen(k->path));
    if (k->values[0] != '\0' && k->take != AK_COLLECT_PARAMETERS)
        quoted(out, k->values, strlen(k->values));
    if (k->take == AK_COLLECT_CHILDREN) {
        size_t value = strcspn(k->where, "~");
        quoted(out, k->where, value);
        quoted(out, k->where + value + 1, strlen(k->where + value + 1));
    }
    ak_text_add(out, " },\r\n");
}

/* ---- cmd ---- */

static void argument(struct ak_text *out, const char *text, size_t size)
{
    ak_text_char(out, ' ');
    ak_text_char(out, '"');
    ak_text_bytes(out, text, size);
    ak_text_char(out, '"');
}

/* The values of "A|B|C" from *values on, at most `most`; *values is moved behind them. */
static void value_arguments(const char **values, size_t most, struct ak_text *out)
{
    for (size_t i = 0; i < most && **values != '\0'; i++) {
        size_t size = strcspn(*values, "|");
        argument(out, *values, size);
        *values += size + ((*values)[size] == '|');
    }
}

/* "HKLM\...\Microsoft SQL Server\*\REST": one call for at most three values. */
static void instance_steps(const struct ak_collect_key *k, const char *star, struct ak_text *out)
{
    const char *kind = k->take == AK_COLLECT_TREE         ? "tree"
                       : k->take == AK_COLLECT_PARAMETERS ? "logs"
                                                          : "values";
    const char *values = k->take == AK_COLLECT_VALUES ? k->values : "";
    do {
        ak_text_format(out, "call :sql %s", kind);
        argument(out, k->id, strlen(k->id));
        argument(out, k->path, (size_t)(star - k->path));
        argument(out, star + 3, strlen(star + 3));
        value_arguments(&values, CALL_VALUES, out);
        ak_text_add(out, "\r\n");
    } while (*values != '\0');
}

static void cmd_step(const struct ak_collect_key *k, struct ak_text *out)
{
    static const char *const labels[] = {"tree",  "values", "below", "list",
                                         "names", "key",    "like",  "children"};
    const char *star = strstr(k->path, "\\*\\"), *values = k->values;
    if (star != NULL) {
        instance_steps(k, star, out);
        return;
    }
    ak_text_format(out, "call :%s", labels[k->take]);
    if (k->take == AK_COLLECT_TREE)
        argument(out, k->id, strlen(k->id));
    if (k->take == AK_COLLECT_LIKE) {
        const char *name = strrchr(k->path, '\\');
        argument(out, k->path, (size_t)(name - k->path));
        argument(out, name + 1, strcspn(name + 1, "*"));
    } else {
        argument(out, k->path, strlen(k->path));
    }
    if (k->take == AK_COLLECT_CHILDREN) {
        size_t value = strcspn(k->where, "~");
        argument(out, k->where, value);
        argument(out, k->where + value + 1, strlen(k->where + value + 1));
    }
    value_arguments(&values, strlen(k->values), out);
    ak_text_add(out, "\r\n");
}

/* ---- the templates ---- */

static void steps(const struct ak_collect_wish *wish, struct ak_text *out)
{
    for (size_t i = 0; i < ak_collect_key_count; i++) {
        const struct ak_collect_key *k = &ak_collect_key_rows[i];
        if (!is_wanted(wish, k))
            continue;
        if (wish->form == AK_COLLECT_CMD)
            cmd_step(k, out);
        else
            powershell_step(k, out);
    }
}

/* A template's lines; `prefix` stands before each. */
static void lines(const char *text, const char *prefix, struct ak_text *out)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        ak_text_add(out, prefix);
        ak_text_bytes(out, text, size);
        ak_text_add(out, "\r\n");
        text += size + (text[size] == '\n');
    }
}

static void head(const struct ak_collect_wish *wish, struct ak_text *out)
{
    static const char about[] =
        "akushu collect " AKUSHU_VERSION "\n"
        "Gathers what akushu read needs of this machine: keys of the registry by name (no hive, "
        "no\n"
        "secret), ends of logs, events, certificates without their keys, and T-SQL views. Changes\n"
        "nothing but its own folder, whose path it prints; what it could not read stands there in\n"
        "akushu-collect.log. Needs no administrator, but sees more as one. The exit code is 0.\n";
    lines(about, wish->form == AK_COLLECT_CMD ? "rem " : "# ", out);
}

static bool at_word(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

/* What stands for a word between two @; false: none of ours. */
static bool fill(const struct ak_collect_wish *wish, const char *word, struct ak_text *out)
{
    static const char *const roles[] = {"both", "client", "server"};
    bool cmd = wish->form == AK_COLLECT_CMD;
    if (at_word(word, "@HEAD@"))
        head(wish, out);
    else if (at_word(word, "@STEPS@"))
        steps(wish, out);
    else if (at_word(word, "@SQL@") && wish->role != AK_COLLECT_CLIENT)
        lines(ak_collect_sql, cmd ? "/**/" : "", out);
    else if (at_word(word, "@OUTPUT@"))
        ak_text_add(out, wish->output);
    else if (at_word(word, "@INSTANCE@"))
        ak_text_add(out, wish->instance);
    else if (at_word(word, "@ROLE@"))
        ak_text_add(out, roles[wish->role]);
    else if (at_word(word, "@HOURS@"))
        ak_text_u64(out, wish->hours);
    else if (at_word(word, "@MILLISECONDS@"))
        ak_text_u64(out, (uint64_t)wish->hours * 3600000);
    else
        return at_word(word, "@SQL@");
    return true;
}

/* A word that is a line of its own brings its line ends with it. */
static void from_template(const struct ak_collect_wish *wish, const char *text, struct ak_text *out)
{
    while (*text != '\0') {
        const char *end = *text == '@' ? strchr(text + 1, '@') : NULL;
        if (end != NULL && fill(wish, text, out)) {
            bool whole =
                at_word(text, "@HEAD@") || at_word(text, "@STEPS@") || at_word(text, "@SQL@");
            text = end + 1;
            text += whole && *text == '\n';
        } else {
            ak_text_add(out, *text == '\n' ? "\r" : "");
            ak_text_char(out, *text++);
        }
    }
}

void ak_collect_script(const struct ak_collect_wish *wish, struct ak_text *out)
{
    if (wish->form == AK_COLLECT_POWERSHELL) {
        head(wish, out);
        from_template(wish, ak_collect_powershell, out);
    } else if (wish->form == AK_COLLECT_CMD) {
        from_template(wish, ak_collect_cmd, out);
    } else {
        lines(ak_collect_sql, "", out);
    }
}
