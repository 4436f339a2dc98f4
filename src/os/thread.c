/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "os/thread.h"

#include <pthread.h>
#include <signal.h>

#include "base/alloc.h"

#include "base/banned.h"

struct ak_thread {
    pthread_t handle;
    void (*run)(void *context);
    void *context;
};

static void *run_thread(void *argument)
{
    struct ak_thread *thread = argument;
    thread->run(thread->context);
    return NULL;
}

struct ak_thread *ak_thread_start(void (*run)(void *context), void *context)
{
    struct ak_thread *thread = ak_alloc(1, sizeof *thread);
    sigset_t all, before;
    if (thread == NULL)
        return NULL;
    thread->run = run;
    thread->context = context;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* which the new thread inherits */
    int failed = pthread_create(&thread->handle, NULL, run_thread, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        ak_free(thread);
        return NULL;
    }
    return thread;
}

void ak_thread_join(struct ak_thread *thread)
{
    if (thread == NULL)
        return;
    (void)pthread_join(thread->handle, NULL);
    ak_free(thread);
}

struct ak_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *things[AK_QUEUE_MOST];
    size_t first, count;
    bool closed, awaited; /* the other side sleeps until something changes */
};

struct ak_queue *ak_queue_new(void)
{
    struct ak_queue *queue = ak_alloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    if (pthread_mutex_init(&queue->lock, NULL) != 0) {
        ak_free(queue);
        return NULL;
    }
    if (pthread_cond_init(&queue->changed, NULL) != 0) {
        (void)pthread_mutex_destroy(&queue->lock);
        ak_free(queue);
        return NULL;
    }
    return queue;
}

void ak_queue_free(struct ak_queue *queue)
{
    if (queue == NULL)
        return;
    (void)pthread_cond_destroy(&queue->changed);
    (void)pthread_mutex_destroy(&queue->lock);
    ak_free(queue);
}

static void await_change(struct ak_queue *queue)
{
    queue->awaited = true;
    (void)pthread_cond_wait(&queue->changed, &queue->lock);
}

/* Unlocks; whoever waits is told. */
static void tell_change(struct ak_queue *queue)
{
    bool awaited = queue->awaited;
    queue->awaited = false;
    (void)pthread_mutex_unlock(&queue->lock);
    if (awaited)
        (void)pthread_cond_broadcast(&queue->changed);
}

void ak_queue_put(struct ak_queue *queue, void *thing)
{
    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == AK_QUEUE_MOST && !queue->closed)
        await_change(queue);
    if (!queue->closed)
        queue->things[(queue->first + queue->count++) % AK_QUEUE_MOST] = thing;
    tell_change(queue);
}

void *ak_queue_take(struct ak_queue *queue)
{
    void *thing = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed)
        await_change(queue);
    if (!queue->closed) {
        thing = queue->things[queue->first];
        queue->first = (queue->first + 1) % AK_QUEUE_MOST;
        queue->count--;
    }
    tell_change(queue);
    return thing;
}

void ak_queue_close(struct ak_queue *queue)
{
    (void)pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    tell_change(queue);
}
