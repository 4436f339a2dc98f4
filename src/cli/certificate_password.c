/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificate_password.h"

#include <stdio.h>

#include <openssl/crypto.h>

#include "cli/password_option.h"
#include "os/file.h"
#include "os/secret.h"

#include "base/banned.h"

bool ak_certificate_password_begin(struct ak_certificate_password *p,
                                   const struct ak_arguments *arguments)
{
    p->arguments = arguments;
    if (arguments->certificate_password_file != NULL)
        p->known =
            ak_password_of_file(arguments->certificate_password_file, p->text, sizeof p->text);
    else if (arguments->certificate_password_env != NULL)
        p->known = ak_password_of_environment(arguments->certificate_password_env, p->text,
                                              sizeof p->text);
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
