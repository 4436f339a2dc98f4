/* The command line: what argv asks for, by the table of commands and options. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_OPTIONS_H
#define AK_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/option_table.h"
#include "report/words.h"
#include "trace/filter.h"

enum ak_format { AK_FORMAT_TEXT, AK_FORMAT_JSONL, AK_FORMAT_CSV };
enum ak_rows { AK_ROWS_CONVERSATIONS, AK_ROWS_FINDINGS };
enum ak_color { AK_COLOR_AUTO, AK_COLOR_ALWAYS, AK_COLOR_NEVER };
enum ak_fail_on { AK_FAIL_ON_NOTE, AK_FAIL_ON_WARNING, AK_FAIL_ON_ERROR, AK_FAIL_ON_NEVER };

enum ak_template {
    AK_TEMPLATE_TLS12_ONLY,
    AK_TEMPLATE_TLS12_COMPATIBLE,
    AK_TEMPLATE_STRICT,
    AK_TEMPLATE_LEGACY_TEMPORARY,
    AK_TEMPLATE_NONE
};

enum { AK_CHOSEN_FINDINGS = 64, AK_CHOSEN_PROGRAMS = 32 };

enum ak_encrypt {
    AK_ENCRYPT_OF_CLIENT,
    AK_ENCRYPT_OPTIONAL,
    AK_ENCRYPT_MANDATORY,
    AK_ENCRYPT_STRICT,
    AK_ENCRYPT_UNSUPPORTED
};

/* Options of check. */
struct ak_check_arguments {
    const char *server_name, *alpn, *proxy, *user, *database, *password_file, *password_env;
    const char *with[AK_CHOSEN_PROGRAMS];
    size_t with_count;
    enum ak_encrypt encrypt;
    unsigned repeat, concurrency, connections, pace, timeout; /* milliseconds; 0: not given */
    const char *ca, *region, *workspace, *connect_to;
    bool leading_zero, plan, monitor, verbose, verify;
};

/* Options of collect; `instance` and `output` are shared with others. */
struct ak_collect_arguments {
    unsigned form, hours; /* 0 powershell, 1 cmd, 2 sql; 0: the default */
    const char *folder;
};

/* Options of watch. */
struct ak_watch_arguments {
    const char *metrics, *user_name;
    uint64_t rotate_bytes, rotate_seconds; /* 0: not by this */
    unsigned keep;
    size_t buffer; /* bytes; 0: the default */
    bool has_keep, keep_privileges, not_promiscuous;
};

struct ak_arguments {
    enum ak_command_id command;
    enum ak_format format;
    enum ak_rows rows;
    enum ak_color color;
    enum ak_fail_on fail_on;
    enum ak_lang lang;
    bool all, quiet, help, version, markdown, separate, filtered, bom;
    struct ak_filter filter; /* when `filtered` */
    size_t max_memory;       /* bytes; 0: the default */
    unsigned threads;        /* that read a capture; 0: one */
    const char *why_not;
    const char *output; /* NULL: standard output */
    const char *write;  /* NULL: no capture is written */
    const char *key;
    bool strip, pseudonymize;
    bool list; /* predict */
    enum ak_side_option { AK_ROLE_CLIENT, AK_ROLE_SERVER } role;
    bool has_role;
    const char *certificate, *certificate_password_file, *certificate_password_env;
    const char *findings[AK_CHOSEN_FINDINGS];
    size_t finding_count;
    enum ak_template template;
    const char *until;      /* as it was given; the filter has it as a time */
    const char *output_dir; /* NULL: nothing is written */
    bool force, allow_lockout;
    struct ak_check_arguments check; /* `with` is watch's, too */
    struct ak_watch_arguments watch;
    struct ak_collect_arguments collect;
    const char *would_block; /* NULL: not asked */
    const char *roles[2]; /* read, fix: where the client's and the server's evidence lies; NULL */
    const char *programs[AK_CHOSEN_PROGRAMS];
    size_t program_count;
    /* lab */
    const char *as_party, *bind, *password, *instance, *write_certificate;
    unsigned seconds, one_in; /* 0: no limit; all */
    bool once, fixed, until_stdin_ends, has_close, has_tls;
    enum ak_lab_close_option {
        AK_LAB_OPTION_FIN,
        AK_LAB_OPTION_RST,
        AK_LAB_OPTION_ALERT,
        AK_LAB_OPTION_SILENT
    } close;
    unsigned tls;    /* 0: 1.0, to 3: 1.3 */
    char **operands; /* borrowed from argv */
    int operand_count;
};

/* Parses argv. False after writing one message to stderr: a usage error. */
bool ak_arguments_parse(int argc, char **argv, struct ak_arguments *arguments);
/* Language from LANGUAGE, LC_ALL, LC_MESSAGES, LANG, in that order of weight. */
enum ak_lang ak_language_of_environment(void);

#endif
