/* The inside of a hand-over, and the choice of its conversations; for handover*.c alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_HANDOVER_STATE_H
#define AK_LIBRARY_HANDOVER_STATE_H

#include "codec/pcapng_write.h"
#include "library/handover.h"
#include "os/replacement.h"
#include "rewrite/rewriter.h"

/* A conversation that a finding rests on. */
struct ak_handover_note {
    uint64_t id;
    const struct ak_finding *finding;
    uint64_t frame; /* that decided: 0 none */
    enum ak_close close;
    enum ak_side by;
    uint8_t alert;
    uint64_t client, name; /* digests: client_of, name_of */
};

/* A conversation that taught something about its server; wide: about its client or its name. */
struct ak_handover_witness {
    uint64_t id;
    struct ak_endpoint server;
    bool wide;
    uint64_t client, name;
};

struct ak_handover {
    const struct ak_handover_options *options;
    struct ak_analysis *analysis;
    struct ak_handover_note *noted;
    size_t noted_count, noted_room;
    struct ak_handover_witness *witnesses;
    size_t witness_count, witness_room;
    uint64_t unnoted;
    /* Chosen conversations, and findings by their ids in order. */
    uint8_t *chosen;
    uint64_t chosen_size; /* in bits */
    const struct ak_finding **findings;
    bool *wanted; /* beside findings[] */
    size_t finding_count;
    struct ak_endpoint *whole; /* servers of which everything is taken */
    size_t whole_count;
    /* One reading of the inputs. */
    struct ak_diagnosis *check;
    struct ak_rewriter *rewriter;
    bool rewrites;
    /* Writing. */
    struct ak_replacement file;
    struct ak_text out, comment;
    struct ak_error error;
    uint32_t links[AK_MAX_WRITTEN_LINKS];
    size_t link_count;
    bool in_section;
    struct ak_handover_result result;
};

bool ak_handover_is_chosen(const struct ak_handover *h, uint64_t id);
void ak_handover_choose(struct ak_handover *h, uint64_t id);
/* Index in findings[], or SIZE_MAX. */
size_t ak_handover_find(const struct ak_handover *h, const char *id);
/* The analysis' findings, in the order of their ids. False when out of memory. */
bool ak_handover_take_findings(struct ak_handover *h);
/* Marks those that the options want. */
void ak_handover_want(struct ak_handover *h);
bool ak_handover_is_wanted(const struct ak_handover *h, const struct ak_finding *finding);
bool ak_handover_is_whole(const struct ak_handover *h, const struct ak_endpoint *server);
/* The conversations that wanted findings rest on, and what taught about their servers. */
enum ak_err ak_handover_choose_first(struct ak_handover *h, struct ak_error *error);

#endif
