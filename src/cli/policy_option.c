/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_option.h"

#include "cli/commands.h"
#include "cli/message.h"
#include "library/policy_word.h"

#include "base/banned.h"

int ak_policy_argument(const char *word, struct ak_policy *policy)
{
    struct ak_parties_listener listener = {NULL, ak_complain_of};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    enum ak_err err = ak_policy_make(word, &listener, policy, &error);
    if (err == AK_ERR_NONE)
        return AK_EXIT_NOTHING;
    ak_complain("--would-block=%s: %s", word, error.text);
    return err == AK_ERR_USAGE ? AK_EXIT_USAGE : AK_EXIT_PARTLY;
}
