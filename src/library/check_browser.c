/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/ssrp.h"
#include "library/check_state.h"

#include "base/banned.h"

enum { NANOSECONDS = 1000000000, WAIT = 2 }; /* seconds; SqlClient waits 1 s, then tries again */

static void over(struct ak_check *k)
{
    if (k->browser.over)
        return;
    k->browser.over = true;
    ak_net_timer_set(k->browser.timer, INT64_MAX);
    k->browser.go_on(k);
}

static void copy(char *out, size_t room, struct ak_span word)
{
    size_t size = word.size < room - 1 ? word.size : room - 1;
    memcpy(out, word.bytes, size);
    out[size] = '\0';
}

/* The default instance has a name too; only its administrator connection is ever asked for. */
static const char *instance_of(const struct ak_check *k)
{
    const char *name = k->setting->target.instance;
    return name[0] != '\0' ? name : "MSSQLSERVER";
}

static void take_answer(struct ak_check *k, const struct ak_ssrp_answer *answer)
{
    struct ak_span text = answer->text;
    struct ak_ssrp_instance instance;
    if (answer->dac && k->report.instance_count < AK_CHECK_INSTANCES) {
        struct ak_check_instance *i = &k->report.instance[k->report.instance_count++];
        (void)snprintf(i->name, sizeof i->name, "%s", instance_of(k));
        i->port = answer->port;
    }
    while (k->report.instance_count < AK_CHECK_INSTANCES && !answer->dac &&
           ak_ssrp_instance_next(&text, &instance)) {
        struct ak_check_instance *i = &k->report.instance[k->report.instance_count++];
        copy(i->name, sizeof i->name, instance.name);
        copy(i->version, sizeof i->version, instance.version);
        i->port = instance.tcp_port;
    }
}

static void on_datagram(void *context, struct ak_net_udp *udp, const uint8_t *bytes, size_t size,
                        const struct ak_net_address *from)
{
    struct ak_check *k = context;
    const struct ak_net_address *asked = &k->lanes[0].address;
    struct ak_span datagram = {bytes, size};
    struct ak_ssrp_answer answer;
    struct ak_parse parse;
    (void)udp;
    /* Anyone can send a datagram: only the asked address counts. */
    if (k->browser.over || from->version != asked->version ||
        memcmp(from->bytes, asked->bytes, asked->version == 4 ? 4 : 16) != 0)
        return;
    enum ak_verdict verdict = ak_ssrp_answer_parse(datagram, &answer, &parse);
    if (verdict != AK_VERDICT_PARSED && verdict != AK_VERDICT_SHORT)
        return;
    k->report.browser_answered = true;
    take_answer(k, &answer);
    over(k);
}

static void send_request(struct ak_check *k)
{
    bool dac = k->setting->target.dac;
    struct ak_net_address to = k->lanes[0].address;
    uint8_t request[80];
    size_t head = 0, size = strlen(instance_of(k));
    request[head++] = dac ? AK_SSRP_DAC : AK_SSRP_INSTANCE;
    if (dac)
        request[head++] = 1; /* protocol version, [MC-SQLR] 2.2.4 */
    memcpy(request + head, instance_of(k), size + 1);
    to.port = AK_SSRP_PORT;
    (void)ak_net_udp_send(k->browser.udp, &to, request, head + size + 1);
    k->browser.tries++;
    ak_net_timer_set(k->browser.timer, ak_net_clock() + (int64_t)WAIT * NANOSECONDS);
}

static void on_due(void *context)
{
    struct ak_check *k = context;
    if (k->browser.tries < BROWSER_TRIES)
        send_request(k);
    else
        over(k);
}

bool ak_check_ask_browser(struct ak_check *k, void (*go_on)(struct ak_check *k))
{
    k->report.browser_asked = true;
    k->browser.go_on = go_on;
    k->browser.timer = ak_net_timer_new(k->net, on_due, k);
    k->browser.udp =
        ak_net_udp_new(k->net, k->lanes[0].address.version, NULL, on_datagram, k, &k->error);
    if (k->browser.timer == NULL || k->browser.udp == NULL)
        return false;
    send_request(k);
    return true;
}

void ak_check_browser_release(struct ak_check *k)
{
    if (k->browser.udp != NULL)
        ak_net_udp_free(k->browser.udp);
    ak_net_timer_free(k->browser.timer);
}
