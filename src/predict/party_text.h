/* Parties from what people have at hand: configuration texts, suite lists, captured hellos, names.
 */
/* SPDX-License-Identifier: Apache-2.0 */
/* Every reader does its best with any bytes: what it does not understand is counted and the first
 * of it kept for the report; it never fails. A text changes what the program would do without it,
 * so each reader begins with the defaults of its program (data/stack_defaults.csv).
 *
 * Formats: openssl.cnf (config(5), SSL_CONF_cmd(3)) and OpenSSL cipher strings (ciphers(1)); the
 * back-end files of crypto-policies; GnuTLS priority strings; java.security; mssql.conf of SQL
 * Server on Linux; suite lists as PowerShell, policies, IIS Crypto and people write them.
 */
#ifndef AK_PREDICT_PARTY_TEXT_H
#define AK_PREDICT_PARTY_TEXT_H

#include <stdbool.h>

#include "base/reader.h"
#include "base/text.h"
#include "predict/party.h"

enum ak_party_format {
    AK_PARTY_FORMAT_UNKNOWN,
    AK_PARTY_FORMAT_OPENSSL_CNF,
    AK_PARTY_FORMAT_OPENSSL_CIPHERS,
    AK_PARTY_FORMAT_GNUTLS_PRIORITY,
    AK_PARTY_FORMAT_GNUTLS_CONFIG, /* [overrides] of crypto-policies' gnutls.config */
    AK_PARTY_FORMAT_JAVA_SECURITY,
    AK_PARTY_FORMAT_MSSQL_CONF,
    AK_PARTY_FORMAT_SUITE_LIST, /* one or many a line, any spelling; tables of PowerShell */
    AK_PARTY_FORMAT_IIS_CRYPTO, /* .ictpl */
    AK_PARTY_FORMATS
};

/* By content alone; `name` helps where contents look alike (a cipher string is one line). */
enum ak_party_format ak_party_format_of(struct ak_span text, const char *name);
/* "openssl.cnf" and the like; never NULL. */
const char *ak_party_format_name(enum ak_party_format format);

enum { AK_PARTY_NOTES = 16, AK_PARTY_NOTE_TEXT = 80 };

/* What was not understood. */
struct ak_party_notes {
    unsigned count;
    struct {
        unsigned line;                 /* 0: the text has no lines */
        char text[AK_PARTY_NOTE_TEXT]; /* printable ASCII */
    } first[AK_PARTY_NOTES];
};

struct ak_party_input {
    const char *name;    /* as the user gave it; becomes the party's name */
    struct ak_span text; /* UTF-8, or UTF-16 with its mark */
    const char *program; /* "openssl-1.1.1": whose defaults to begin with; NULL: the newest that is
                            usual with the format */
    /* Fills `out` with a file that the text includes; NULL or false: the line is noted. */
    bool (*open)(void *context, const char *path, struct ak_text *out);
    void *context;
};

/* False: nothing of the text was understood, or memory lacked; the party then is the default. */
bool ak_party_read(struct ak_party *party, enum ak_side role, const struct ak_party_input *input,
                   struct ak_party_notes *notes);

/* The defaults of a program; false when the name is not known (ak_stack_program lists them). */
bool ak_party_default(struct ak_party *party, enum ak_side role, const char *program);

/* The client that sent this hello. */
void ak_party_of_hello(struct ak_party *party, const char *name,
                       const struct ak_hello_shape *shape);

#endif
