/* Many readings in one process, each with an analysis of its own: for scripts that read thousands
 * of small captures, where starting a program is most of the work.
 *
 * usage: read_many
 * One line of standard input names the files of one reading, with tabs between them; its lines of
 * JSON follow on standard output, then an empty line.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library/analysis.h"

enum { LINE = 16 * 1024, PATHS = 64, ROOM = 16 * 1024 * 1024 };

struct output {
    struct ak_jsonl *jsonl;
    struct ak_text text;
};

static void hand_out(struct output *out)
{
    if (out->text.failed)
        abort();
    (void)fwrite(out->text.bytes, 1, out->text.size, stdout);
    ak_text_clear(&out->text);
}

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct output *out = context;
    ak_jsonl_conversation(out->jsonl, c, &out->text);
    hand_out(out);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    (void)context, (void)problem, (void)path, (void)error;
}

static size_t paths_of(char *line, char **paths)
{
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *path = line; path != NULL && count < PATHS;) {
        paths[count++] = path;
        path = strchr(path, '\t');
        if (path != NULL)
            *path++ = '\0';
    }
    return count;
}

static void read_one(char **paths, size_t count)
{
    struct output out = {ak_jsonl_new(), {0}};
    struct ak_analysis_listener listener = {&out, on_conversation, on_problem, NULL, NULL, NULL,
                                            NULL};
    struct ak_analysis *analysis = ak_analysis_new(&listener);
    struct ak_error error;
    ak_text_init(&out.text, ROOM);
    if (out.jsonl == NULL || analysis == NULL ||
        ak_analysis_paths(analysis, paths, count, &error) != AK_ERR_NONE)
        abort();
    size_t findings = ak_analysis_finish(analysis);
    for (size_t i = 0; i < findings; i++)
        ak_jsonl_finding(ak_analysis_finding(analysis, i), &out.text);
    ak_jsonl_summary(ak_analysis_summary(analysis), &out.text);
    hand_out(&out);
    ak_analysis_free(analysis);
    ak_jsonl_free(out.jsonl);
    ak_text_release(&out.text);
}

int main(void)
{
    char line[LINE], *paths[PATHS];
    while (fgets(line, sizeof line, stdin) != NULL) {
        read_one(paths, paths_of(line, paths));
        (void)putchar('\n');
        (void)fflush(stdout);
    }
    return 0;
}
