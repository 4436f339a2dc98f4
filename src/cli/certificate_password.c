/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificate_password.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "cli/message.h"
#include "os/file.h"
#include "os/secret.h"

#include "base/banned.h"

static bool from_file(struct ak_certificate_password *p, const char *path)
{
    struct ak_file file;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    size_t size = 0, part = 1;
    enum ak_err err = ak_file_open(&file, path, &error);
    if (err == AK_ERR_NONE) {
        while (err == AK_ERR_NONE && part != 0 && size < sizeof p->text - 1) {
            err = ak_file_read(&file, p->text + size, sizeof p->text - 1 - size, &part, &error);
            size += err == AK_ERR_NONE ? part : 0;
        }
        (void)ak_file_close(&file, NULL);
    }
    if (err != AK_ERR_NONE) {
        ak_complain("%s: %s", path, error.text);
        return false;
    }
    p->text[size] = '\0';
    p->text[strcspn(p->text, "\r\n")] = '\0';
    return true;
}

static bool from_environment(struct ak_certificate_password *p, const char *name)
{
    const char *value = getenv(name);
    if (value == NULL || strlen(value) >= sizeof p->text) {
        ak_complain("%s: %s", name,
                    value == NULL ? "this environment variable is not set"
                                  : "the password is too long");
        return false;
    }
    memcpy(p->text, value, strlen(value) + 1);
    return true;
}

bool ak_certificate_password_begin(struct ak_certificate_password *p,
                                   const struct ak_arguments *arguments)
{
    p->arguments = arguments;
    if (arguments->certificate_password_file != NULL)
        p->known = from_file(p, arguments->certificate_password_file);
    else if (arguments->certificate_password_env != NULL)
        p->known = from_environment(p, arguments->certificate_password_env);
    else
        return true;
    return p->known;
}

/* Only of somebody who sits there: a script would wait for ever. */
const char *ak_certificate_password_for(void *context, const char *path)
{
    struct ak_certificate_password *p = context;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    char question[512];
    if (p->known || p->asked || p->arguments->quiet || !ak_is_terminal(2))
        return p->known ? p->text : NULL;
    p->asked = true;
    (void)snprintf(question, sizeof question, "Password of %.400s: ", path);
    p->known = ak_secret_prompt(question, p->text, sizeof p->text, &error) == AK_ERR_NONE;
    return p->known ? p->text : NULL;
}

void ak_certificate_password_wipe(struct ak_certificate_password *p)
{
    OPENSSL_cleanse(p->text, sizeof p->text);
    p->known = false;
}
