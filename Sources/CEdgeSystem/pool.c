#define _GNU_SOURCE
#include "CEdgeSystem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

int64_t edge_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Jobs are numbered, and come in lists. A job has as many parts as there are threads: the caller computes part 0, a worker its own and then
// those that nobody has begun, and the caller, when it is done, those that are still left. So a worker that sleeps, or that the system does
// not let run, holds nobody up. A part may be claimed only when all parts of the job before it are finished. So whoever has claimed one
// knows that its list stays as it is until that part is finished.
//
// Going from one job to the next costs what it takes a number to get from one core to another: each is in a cache line of its own. Within a
// list each thread sees for itself that the others are ready. Between lists, workers look for the next one for some microseconds and then
// sleep, so that an idle program takes no processor time. They are woken only now and then: where they get no processor, waking them
// for each job would only cost.
enum { LINE = 128, LOOKS = 128 };
static const int64_t caller_patience_ns = 50000, worker_patience_ns = 100000, wake_interval_ns = 200000;

typedef struct {
  // The last job whose part was claimed, and the last whose part was finished.
  _Alignas(LINE) atomic_uint_fast64_t claimed;
  atomic_uint_fast64_t finished;
  struct edge_pool *pool;
  pthread_t thread;
} part_state;

struct edge_pool {
  // The last job of the list. UINT_FAST64_MAX tells the workers to end.
  _Alignas(LINE) atomic_uint_fast64_t last_job;
  edge_task task;
  void *context;
  uint_fast64_t first_job;

  _Alignas(LINE) int threads;
  int started;
  int64_t last_wake_ns;
  // Workers that sleep or have no core.
  atomic_int away;
  atomic_bool caller_sleeps;
  // Of calls of wake_sleepers, guarded by the mutex.
  uint64_t wake_count;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  pthread_cond_t done;

  // That of the caller tells the workers which job is next.
  part_state parts[];
};

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");  // takes a moment, unlike yield
#endif
}

typedef bool condition(edge_pool *pool, uint_fast64_t job);

static inline bool has_list(edge_pool *pool, uint_fast64_t last) {
  return atomic_load_explicit(&pool->last_job, memory_order_acquire) != last;
}

static inline bool has_caller_finished(edge_pool *pool, uint_fast64_t job) {
  return atomic_load_explicit(&pool->parts[0].finished, memory_order_acquire) >= job;
}

// But for the caller's part.
static inline bool is_finished(edge_pool *pool, uint_fast64_t job) {
  for (int i = 1; i < pool->threads; i++) {
    if (atomic_load(&pool->parts[i].finished) < job) return false;
  }
  return true;
}

// Whether parts of a job may be claimed.
static inline bool may_begin(edge_pool *pool, uint_fast64_t job) {
  return is_finished(pool, job - 1) || has_caller_finished(pool, job);
}

// Looks again and again. Two threads may have been put on one core: then looking keeps the other one from what is waited for.
static inline bool comes_soon(edge_pool *pool, uint_fast64_t job, condition *has_come, int64_t patience_ns, bool is_worker) {
  int64_t end = 0;
  while (true) {
    for (int i = 0; i < LOOKS; i++) {
      if (has_come(pool, job)) return true;
      relax();
    }
    int64_t now = edge_clock_ns();
    if (end == 0) end = now + patience_ns;
    if (now >= end) return false;
    // Who lets another thread have the core may not get it back soon.
    if (is_worker) atomic_fetch_add(&pool->away, 1);
    sched_yield();
    if (is_worker) atomic_fetch_sub(&pool->away, 1);
  }
}

static inline bool claim(part_state *part, uint_fast64_t job) {
  uint_fast64_t previous = job - 1;
  return atomic_load_explicit(&part->claimed, memory_order_relaxed) == previous
    && atomic_compare_exchange_strong(&part->claimed, &previous, job);
}

// Computes the parts that nobody has begun, those from `first` on before the others.
static void take_parts(edge_pool *pool, uint_fast64_t job, int first) {
  const int count = pool->threads - 1;
  for (int i = 0; i < count; i++) {
    int number = (first - 1 + i) % count + 1;
    part_state *part = &pool->parts[number];
    if (!claim(part, job)) continue;
    pool->task(pool->context, (int)(job - pool->first_job), number);
    atomic_store(&part->finished, job);
    if (atomic_load(&pool->caller_sleeps)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

static void sleep_until_woken(edge_pool *pool, uint_fast64_t last) {
  pthread_mutex_lock(&pool->mutex);
  const uint64_t wake_count = pool->wake_count;
  atomic_fetch_add(&pool->away, 1);
  while (!has_list(pool, last) && pool->wake_count == wake_count) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->away, 1);
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *argument) {
  part_state *own = argument;
  edge_pool *pool = own->pool;
  while (true) {
    // In this order: what is finished is not less than what was before the list.
    const uint_fast64_t last = atomic_load_explicit(&pool->last_job, memory_order_acquire);
    if (last == UINT_FAST64_MAX) return NULL;
    const uint_fast64_t job = atomic_load_explicit(&pool->parts[0].finished, memory_order_acquire) + 1;
    if (job > last) {
      if (!comes_soon(pool, last, has_list, worker_patience_ns, true)) sleep_until_woken(pool, last);
    } else {
      while (!comes_soon(pool, job, may_begin, worker_patience_ns, true)) continue;
      take_parts(pool, job, (int)(own - pool->parts));
      while (!comes_soon(pool, job, has_caller_finished, worker_patience_ns, true)) continue;
    }
  }
}

static void wake_sleepers(edge_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->wake_count++;
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

edge_pool *edge_pool_create(int threads) {
  const size_t byte_count = sizeof(edge_pool) + sizeof(part_state) * (size_t)threads;
  edge_pool *pool = edge_allocate((ptrdiff_t)byte_count, LINE);
  if (!pool) return NULL;
  memset(pool, 0, byte_count);
  pool->threads = threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->done, NULL);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // musl's default of 128 KiB is close to what glibc's TLS and a kernel's tile buffers take together.
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  for (int i = 1; i < threads; i++) {
    pool->parts[i].pool = pool;
    if (pthread_create(&pool->parts[i].thread, &attributes, work, &pool->parts[i]) != 0) break;
    pool->started++;
  }
  pthread_attr_destroy(&attributes);
  if (pool->started != threads - 1) { edge_pool_destroy(pool); return NULL; }
  return pool;
}

bool edge_pool_wake(edge_pool *pool) {
  const int away = atomic_load_explicit(&pool->away, memory_order_relaxed);
  if (away > 0) {
    int64_t now = edge_clock_ns();
    if (now - pool->last_wake_ns >= wake_interval_ns) {
      pool->last_wake_ns = now;
      wake_sleepers(pool);
    }
  }
  return away < pool->started;
}

void edge_pool_run(edge_pool *pool, edge_task task, void *context, int count) {
  pool->task = task;
  pool->context = context;
  const uint_fast64_t before = atomic_load_explicit(&pool->last_job, memory_order_relaxed), last = before + (uint_fast64_t)count;
  pool->first_job = before + 1;
  atomic_store_explicit(&pool->last_job, last, memory_order_release);
  for (uint_fast64_t job = before + 1; job <= last; job++) {
    task(context, (int)(job - before - 1), 0);
    atomic_store_explicit(&pool->parts[0].finished, job, memory_order_release);
    take_parts(pool, job, 1);
    if (comes_soon(pool, job, is_finished, caller_patience_ns, false)) continue;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (!is_finished(pool, job)) pthread_cond_wait(&pool->done, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
  }
}

void edge_pool_destroy(edge_pool *pool) {
  atomic_store(&pool->last_job, UINT_FAST64_MAX);
  wake_sleepers(pool);
  for (int i = 1; i <= pool->started; i++) pthread_join(pool->parts[i].thread, NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  edge_free(pool);
}
