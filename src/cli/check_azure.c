/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_azure.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "model/azure_endpoints.h"
#include "report/messages.h"

#include "base/banned.h"

bool ak_is_azure_agents(const struct ak_arguments *a)
{
    return a->operand_count == 1 && strcmp(a->operands[0], "azure-agents") == 0;
}

static bool word_fits(const char *option, const char *word)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (word == NULL ||
        (*word != '\0' && strspn(word, allowed) == strlen(word) && strlen(word) < 64))
        return true;
    ak_complain("--%s=%s: lower-case letters, digits and hyphens are expected", option, word);
    return false;
}

struct tally {
    unsigned tried, reached, wrong, left_out;
    struct ak_summary sum;
    struct ak_totals totals;
};

static int one(const struct ak_arguments *a, const struct ak_azure_endpoint *endpoint,
               const char *host, struct tally *tally)
{
    char target[320];
    char *operands[1] = {target};
    struct ak_arguments single = *a;
    (void)snprintf(target, sizeof target, "https://%s:%u", host, endpoint->port);
    single.operands = operands;
    single.operand_count = 1;
    if (a->format == AK_FORMAT_TEXT && !a->check.plan)
        (void)printf("%s\n", endpoint->service);
    (void)fflush(stdout);
    int status = ak_check_one_of(&single, &tally->sum, &tally->totals);
    tally->tried++;
    tally->reached += status != AK_EXIT_UNREACHABLE && status != AK_EXIT_USAGE;
    tally->wrong += status == AK_EXIT_FINDINGS || status == AK_EXIT_UNREACHABLE;
    return status;
}

static void print_summary(const struct ak_summary *sum)
{
    enum { LINE_MAXIMUM = 64 * 1024 };
    struct ak_text line;
    ak_text_init(&line, LINE_MAXIMUM);
    ak_jsonl_summary(sum, &line);
    (void)fputs(ak_text_string(&line), stdout);
    ak_text_release(&line);
}

int ak_check_azure(const struct ak_arguments *a)
{
    const struct ak_check_arguments *o = &a->check;
    const struct ak_azure_endpoint *endpoint;
    struct tally tally;
    int broken = AK_EXIT_NOTHING;
    char host[256];
    memset(&tally, 0, sizeof tally);
    if (o->region == NULL) {
        ak_complain("check azure-agents: --region is needed, as japaneast or westeurope");
        return AK_EXIT_USAGE;
    }
    if (o->monitor || a->write != NULL || !word_fits("region", o->region) ||
        !word_fits("workspace", o->workspace)) {
        if (o->monitor || a->write != NULL)
            ak_complain("check azure-agents: neither --monitor nor --write; check one endpoint");
        return AK_EXIT_USAGE;
    }
    for (size_t i = 0; (endpoint = ak_azure_endpoint_at(i)) != NULL; i++) {
        if (!ak_azure_endpoint_host(endpoint, o->region, o->workspace, host, sizeof host)) {
            tally.left_out++;
            continue;
        }
        int status = one(a, endpoint, host, &tally);
        if (status == AK_EXIT_USAGE || status == AK_EXIT_PARTLY) {
            broken = status;
            break;
        }
    }
    if (a->format == AK_FORMAT_TEXT && !o->plan && broken == AK_EXIT_NOTHING) {
        (void)printf(ak_tr(a->lang, N_("\n%u endpoints tried, %u of them cannot be used")),
                     tally.tried, tally.wrong);
        if (tally.left_out != 0)
            (void)printf(ak_tr(a->lang, N_("; %u need --workspace")), tally.left_out);
        (void)putchar('\n');
    }
    if (a->format == AK_FORMAT_JSONL && !o->plan && tally.sum.totals != NULL)
        print_summary(&tally.sum);
    if (broken != AK_EXIT_NOTHING)
        return broken;
    if (tally.tried != 0 && tally.reached == 0 && !o->plan)
        return AK_EXIT_UNREACHABLE;
    return tally.wrong != 0 && a->fail_on != AK_FAIL_ON_NEVER ? AK_EXIT_FINDINGS : AK_EXIT_NOTHING;
}
