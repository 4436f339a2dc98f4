/* What two parties will negotiate, and what one party is, for people and as a line of JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_PREDICTION_H
#define AK_REPORT_PREDICTION_H

#include "predict/changes.h"
#include "predict/negotiate.h"
#include "report/json.h"
#include "report/text_report.h"

enum { AK_PREDICTION_CHANGES = 8 };

struct ak_prediction {
    const struct ak_party *client, *server;
    const char *client_about, *server_about;
    bool assumed_certificate, assumed_sql_client, assumed_sql_server;
    struct ak_negotiation result;
    struct ak_change changes[AK_PREDICTION_CHANGES]; /* least first */
    size_t change_count;
    bool named; /* programs that name versions themselves get another result */
    struct ak_negotiation named_result;
};

void ak_text_prediction(const struct ak_text_style *style, const struct ak_prediction *prediction,
                        struct ak_text *out);
void ak_jsonl_prediction(const struct ak_prediction *prediction, struct ak_text *out);

/* The object that tells one negotiation, as a value. */
void ak_jsonl_negotiation(const struct ak_negotiation *negotiation, struct ak_json *json);

/* Everything that decides, of one party. */
void ak_text_party(const struct ak_text_style *style, const struct ak_party *party,
                   const char *about, struct ak_text *out);

/* "no-common-version": the refusal's id; also of those that have no rule. */
const char *ak_refusal_name(enum ak_refusal refusal);

#endif
