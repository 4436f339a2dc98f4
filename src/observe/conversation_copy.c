/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/conversation_copy.h"

#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

/* A text that cannot be copied is left out: the judgement does not need it. */
static char *copy_text(const char *text)
{
    return text != NULL ? ak_memdup(text, strlen(text) + 1) : NULL;
}

static struct ak_tls_seen *copy_tls(struct ak_tls_seen *tls, const struct ak_tls_seen *from)
{
    *tls = *from;
    tls->server_name = NULL;
    tls->server_alpn = NULL;
    if (from->server_name != NULL)
        ak_tls_set_server_name(tls, from->server_name, strlen(from->server_name));
    if (from->server_alpn != NULL)
        ak_tls_set_server_alpn(tls, from->server_alpn, strlen(from->server_alpn));
    (void)ak_hello_shape_keep(tls->hello);
    for (size_t i = 0; i < tls->chain_count; i++)
        tls->chain[i]->references++;
    return tls;
}

static struct ak_tds_seen *copy_tds(const struct ak_tds_seen *from)
{
    struct ak_tds_seen *tds = ak_memdup(from, sizeof *from);
    if (tds == NULL)
        return NULL;
    tds->instance = copy_text(from->instance);
    tds->host = copy_text(from->host);
    tds->application = copy_text(from->application);
    tds->library = copy_text(from->library);
    tds->login_server = copy_text(from->login_server);
    tds->database = copy_text(from->database);
    tds->language = copy_text(from->language);
    tds->error_text = copy_text(from->error_text);
    tds->routing_server = copy_text(from->routing_server);
    tds->program = copy_text(from->program);
    return tds;
}

static struct ak_clear_seen *copy_clear(const struct ak_clear_seen *from)
{
    struct ak_clear_seen *clear = ak_memdup(from, sizeof *from);
    if (clear == NULL)
        return NULL;
    clear->proxy_host = copy_text(from->proxy_host);
    clear->proxy_client = copy_text(from->proxy_client);
    clear->ntlm_server = copy_text(from->ntlm_server);
    clear->ntlm_domain = copy_text(from->ntlm_domain);
    clear->ntlm_user = copy_text(from->ntlm_user);
    clear->ntlm_workstation = copy_text(from->ntlm_workstation);
    return clear;
}

bool ak_conversation_copy_to(struct ak_conversation_room *room,
                             const struct ak_conversation *conversation)
{
    struct ak_conversation *copy = &room->c;
    *copy = *conversation;
    copy->tls_room = &room->tls;
    copy->instance = copy_text(conversation->instance);
    copy->tls = conversation->tls ? copy_tls(&room->tls, conversation->tls) : NULL;
    copy->tds = conversation->tds ? copy_tds(conversation->tds) : NULL;
    copy->clear = conversation->clear ? copy_clear(conversation->clear) : NULL;
    if ((conversation->clear == NULL || copy->clear != NULL) &&
        (conversation->tds == NULL || copy->tds != NULL))
        return true;
    ak_conversation_release(copy);
    return false;
}

struct ak_conversation *ak_conversation_copy(const struct ak_conversation *conversation)
{
    struct ak_conversation_room *room = ak_alloc(1, sizeof *room);
    if (room == NULL)
        return NULL;
    if (ak_conversation_copy_to(room, conversation))
        return &room->c;
    ak_free(room);
    return NULL;
}

void ak_conversation_copy_free(struct ak_conversation *copy)
{
    if (copy == NULL)
        return;
    ak_conversation_release(copy);
    ak_free(copy); /* it begins its room */
}
