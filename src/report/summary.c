/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "observe/totals.h"
#include "report/jsonl.h"

#include "base/banned.h"

static void add_links(struct ak_totals *sum, const struct ak_totals *one)
{
    for (size_t i = 0; i < one->unsupported_count; i++) {
        size_t at = 0;
        while (at < sum->unsupported_count &&
               sum->unsupported[at].link_type != one->unsupported[i].link_type)
            at++;
        if (at == AK_UNSUPPORTED_LINKS)
            continue; /* its frames are in unsupported_frames all the same */
        if (at == sum->unsupported_count)
            sum->unsupported[sum->unsupported_count++].link_type = one->unsupported[i].link_type;
        sum->unsupported[at].frames += one->unsupported[i].frames;
    }
}

static void add_totals(struct ak_totals *sum, const struct ak_totals *one)
{
    sum->frames += one->frames;
    sum->bytes += one->bytes;
    sum->filtered_frames += one->filtered_frames;
    sum->tcp_segments += one->tcp_segments;
    sum->late_segments += one->late_segments;
    sum->conversations += one->conversations;
    sum->client_hello += one->client_hello;
    sum->server_hello += one->server_hello;
    sum->client_hello_messages += one->client_hello_messages;
    sum->server_hello_messages += one->server_hello_messages;
    sum->fatal_alerts += one->fatal_alerts;
    sum->resets += one->resets;
    sum->browser_requests += one->browser_requests;
    sum->browser_unanswered += one->browser_unanswered;
    sum->other_frames += one->other_frames;
    sum->not_tcp += one->not_tcp;
    sum->short_frames += one->short_frames;
    sum->bad_frames += one->bad_frames;
    sum->cut_frames += one->cut_frames;
    sum->fragments += one->fragments;
    sum->fragments_dropped += one->fragments_dropped;
    sum->unsupported_frames += one->unsupported_frames;
    sum->evicted += one->evicted;
    sum->cut_handshakes += one->cut_handshakes;
    sum->out_of_memory += one->out_of_memory;
    add_links(sum, one);
}

void ak_summary_add(struct ak_summary *sum, struct ak_totals *room, const struct ak_summary *one)
{
    sum->totals = room;
    add_totals(room, one->totals);
    ak_capture_notes_add(&sum->notes, &one->notes);
    sum->files += one->files;
    sum->joined_files += one->joined_files;
    sum->registry_files += one->registry_files;
    sum->hosts += one->hosts;
    sum->certificate_files += one->certificate_files;
    sum->certificates += one->certificates;
    sum->lost_certificates += one->lost_certificates;
    for (size_t i = 0; i < AK_COUNT(sum->outcomes); i++)
        sum->outcomes[i] += one->outcomes[i];
    for (size_t i = 0; i < AK_COUNT(sum->findings); i++)
        sum->findings[i] += one->findings[i];
    sum->unreadable_files += one->unreadable_files;
    sum->partly_read_files += one->partly_read_files;
    sum->unknown_files += one->unknown_files;
    sum->bad_blocks += one->bad_blocks;
    sum->own_files += one->own_files;
    sum->log_records += one->log_records;
    sum->events += one->events;
    sum->bad_log_records += one->bad_log_records;
    sum->cut_log_lines += one->cut_log_lines;
    sum->lost_findings += one->lost_findings;
    sum->early_judged += one->early_judged;
    sum->early_lines += one->early_lines;
}
