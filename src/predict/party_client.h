/* The party that an observed client program is (data/clients.csv). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PREDICT_PARTY_CLIENT_H
#define AK_PREDICT_PARTY_CLIENT_H

#include "model/profiles.h"
#include "predict/party.h"

/* What it could offer beyond its hello is not known, so nothing is "off": what is not in the hello
 * is not there. */
void ak_party_of_client(const struct ak_client_profile *client, const char *name,
                        struct ak_party *party);

#endif
