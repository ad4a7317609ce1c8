/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that wait for a round, take items by a shared counter, and report when the round ends. */
#include "engine/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct worker {
    stk_pool *pool;
    unsigned index;
    pthread_t thread;
};

struct stk_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    unsigned threads, started, busy;
    uint64_t round;
    bool stop;
    stk_pool_job job;
    void *ctx;
    size_t count;
    atomic_size_t next;
    struct worker workers[]; /* [threads - 1]; the caller is worker 0 */
};

static void take_items(stk_pool *pool, unsigned worker)
{
    for (;;) {
        size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (item >= pool->count)
            return;
        pool->job(pool->ctx, item, worker);
    }
}

static void *worker_main(void *arg)
{
    struct worker *self = arg;
    stk_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->stop)
            pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        take_items(pool, self->index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->idle);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

stk_status stk_pool_new(unsigned threads, stk_pool **ret, stk_error *err)
{
    stk_pool *pool = calloc(1, sizeof *pool + (threads - 1) * sizeof *pool->workers);
    if (pool == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for %u threads", threads);
    pool->threads = threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->idle, NULL);
    for (unsigned i = 0; i + 1 < threads; i++) {
        struct worker *w = &pool->workers[i];
        *w = (struct worker){ .pool = pool, .index = i + 1 };
        int failed = pthread_create(&w->thread, NULL, worker_main, w);
        if (failed != 0) {
            stk_pool_free(pool);
            return stk_fail(err, STK_ERR_IO, "cannot start thread %u of %u: %s", i + 2, threads,
                            strerror(failed));
        }
        pool->started++;
    }
    *ret = pool;
    return STK_OK;
}

void stk_pool_free(stk_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->idle);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

unsigned stk_pool_threads(const stk_pool *pool)
{
    return pool->threads;
}

void stk_pool_each(stk_pool *pool, size_t count, stk_pool_job job, void *ctx)
{
    pool->job = job;
    pool->ctx = ctx;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    bool shared = pool->started != 0 && count > 1;
    if (shared) {
        pthread_mutex_lock(&pool->lock);
        pool->busy = pool->started;
        pool->round++;
        pthread_cond_broadcast(&pool->work);
        pthread_mutex_unlock(&pool->lock);
    }
    take_items(pool, 0);
    if (!shared)
        return;
    pthread_mutex_lock(&pool->lock);
    while (pool->busy != 0)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}
