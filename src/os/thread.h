/* Threads, and the queues between them.
 *
 * A thread takes no signals: those are the first thread's. What is put into a queue is seen whole
 * by whoever takes it out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OS_THREAD_H
#define AK_OS_THREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct ak_thread;

/* NULL: the system gives no thread, or memory lacks. */
struct ak_thread *ak_thread_start(void (*run)(void *context), void *context);
/* Waits for its end, and frees it. NULL may be joined. */
void ak_thread_join(struct ak_thread *thread);

enum { AK_QUEUE_MOST = 16 };

/* Things in the order in which they were put, between one thread that puts and one that takes. */
struct ak_queue;

/* NULL: memory. */
struct ak_queue *ak_queue_new(void);
void ak_queue_free(struct ak_queue *queue);
/* Waits while AK_QUEUE_MOST are in it. Once it is closed, nothing is put any more. */
void ak_queue_put(struct ak_queue *queue, void *thing);
/* Waits for a thing. NULL: the queue was closed, whatever is still in it. */
AK_MUST_USE void *ak_queue_take(struct ak_queue *queue);
/* Nobody waits any more, now or later. */
void ak_queue_close(struct ak_queue *queue);

#endif
