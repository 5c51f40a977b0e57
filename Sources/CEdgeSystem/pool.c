#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

int64_t edge_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// A job has as many parts as there are threads. Whoever is awake takes the next one, so that a worker which the system does not let run
// holds nobody up: the caller then computes all parts. One number tells which job it is, and which part is next: a worker that
// took a part of a job knows that the job's fields stay as they are until it has finished it.
//
// Workers look at that number for some microseconds after a job, since one layer's work follows the next at once, and then sleep, so that
// an idle program takes no processor time.
struct edge_pool {
  int threads;
  int started;
  // Job in the upper half, next part in the lower.
  atomic_uint_fast64_t ticket;
  atomic_int unfinished;
  atomic_int sleepers;
  atomic_bool caller_sleeps;
  atomic_bool stop;
  edge_task task;
  void *context;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_cond_t done;
  pthread_t workers[];
};

enum { spin_count = 2000 };

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static bool has_parts(edge_pool *pool, uint_fast64_t ticket) { return (uint32_t)ticket < (uint32_t)pool->threads; }

// Computes parts until none is left.
static void take_parts(edge_pool *pool) {
  uint_fast64_t ticket = atomic_load(&pool->ticket);
  while (has_parts(pool, ticket)) {
    if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket + 1)) continue;
    pool->task(pool->context, (int)(uint32_t)ticket);
    if (atomic_fetch_sub(&pool->unfinished, 1) == 1 && atomic_load(&pool->caller_sleeps)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
    ticket = atomic_load(&pool->ticket);
  }
}

static bool has_work(edge_pool *pool) { return has_parts(pool, atomic_load(&pool->ticket)) || atomic_load(&pool->stop); }

static void *work(void *argument) {
  edge_pool *pool = argument;
  while (!atomic_load(&pool->stop)) {
    for (int i = 0; i < spin_count && !has_work(pool); i++) relax();
    if (!has_work(pool)) {
      // Either the caller sees a sleeper, or the sleeper the caller's work: each writes before it reads.
      pthread_mutex_lock(&pool->mutex);
      atomic_fetch_add(&pool->sleepers, 1);
      while (!has_work(pool)) pthread_cond_wait(&pool->wake, &pool->mutex);
      atomic_fetch_sub(&pool->sleepers, 1);
      pthread_mutex_unlock(&pool->mutex);
    }
    take_parts(pool);
  }
  return NULL;
}

static void wake_sleepers(edge_pool *pool) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

edge_pool *edge_pool_create(int threads) {
  edge_pool *pool = calloc(1, sizeof *pool + sizeof(pthread_t) * (size_t)threads);
  if (!pool) return NULL;
  pool->threads = threads;
  atomic_store(&pool->ticket, (uint_fast64_t)threads);  // no parts
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->done, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // musl's default of 128 KiB is close to what glibc's TLS and a kernel's tile buffers take together.
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  for (int i = 1; i < threads; i++) {
    if (pthread_create(&pool->workers[i], &attributes, work, pool) != 0) break;
    pool->started++;
  }
  pthread_attr_destroy(&attributes);
  if (pool->started != threads - 1) { edge_pool_destroy(pool); return NULL; }
  return pool;
}

void edge_pool_run(edge_pool *pool, edge_task task, void *context) {
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->unfinished, pool->threads);
  atomic_store(&pool->ticket, ((atomic_load(&pool->ticket) >> 32) + 1) << 32);
  wake_sleepers(pool);
  take_parts(pool);
  for (int i = 0; i < spin_count && atomic_load(&pool->unfinished) != 0; i++) relax();
  if (atomic_load(&pool->unfinished) != 0) {
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->unfinished) != 0) pthread_cond_wait(&pool->done, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
  }
}

void edge_pool_destroy(edge_pool *pool) {
  atomic_store(&pool->stop, true);
  wake_sleepers(pool);
  for (int i = 1; i <= pool->started; i++) pthread_join(pool->workers[i], NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}
