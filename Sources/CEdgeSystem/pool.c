#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

int64_t edge_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Workers wait for `generation` to move. They look at it for a few microseconds first, since one layer's work follows the
// next at once, and then sleep, so that an idle program takes no processor time.
struct edge_pool {
  int threads;
  int started;
  atomic_uint generation;
  atomic_int running;
  bool stop;
  edge_task task;
  void *context;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_cond_t done;
  struct worker { struct edge_pool *pool; int index; pthread_t thread; } workers[];
};

enum { spin_count = 2000 };

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void *work(void *argument) {
  struct worker *self = argument;
  edge_pool *pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    for (int i = 0; i < spin_count && atomic_load_explicit(&pool->generation, memory_order_acquire) == seen; i++) relax();
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->mutex);
    seen = atomic_load(&pool->generation);
    bool stop = pool->stop;
    pthread_mutex_unlock(&pool->mutex);
    if (stop) return NULL;
    pool->task(pool->context, self->index);
    if (atomic_fetch_sub(&pool->running, 1) == 1) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

edge_pool *edge_pool_create(int threads) {
  edge_pool *pool = calloc(1, sizeof *pool + sizeof(struct worker) * (size_t)threads);
  if (!pool) return NULL;
  pool->threads = threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->done, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // musl's default of 128 KiB is close to what glibc's TLS and a kernel's tile buffers take together.
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  for (int i = 1; i < threads; i++) {
    pool->workers[i] = (struct worker){.pool = pool, .index = i};
    if (pthread_create(&pool->workers[i].thread, &attributes, work, &pool->workers[i]) != 0) break;
    pool->started++;
  }
  pthread_attr_destroy(&attributes);
  if (pool->started != threads - 1) { edge_pool_destroy(pool); return NULL; }
  return pool;
}

static void publish(edge_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

void edge_pool_run(edge_pool *pool, edge_task task, void *context) {
  if (pool->started == 0) { task(context, 0); return; }
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->running, pool->started);
  publish(pool);
  task(context, 0);
  for (int i = 0; i < spin_count && atomic_load_explicit(&pool->running, memory_order_acquire) != 0; i++) relax();
  if (atomic_load(&pool->running) != 0) {
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->running) != 0) pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
  }
}

void edge_pool_destroy(edge_pool *pool) {
  pool->stop = true;
  publish(pool);
  for (int i = 1; i <= pool->started; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool);
}
