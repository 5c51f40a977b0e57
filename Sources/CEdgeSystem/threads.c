#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct edge_thread {
  pthread_t thread;
  edge_thread_body body;
  void *context;
};

static void *run(void *argument) {
  edge_thread *thread = argument;
  thread->body(thread->context);
  return NULL;
}

edge_thread *edge_thread_start(edge_thread_body body, void *context) {
  edge_thread *thread = malloc(sizeof *thread);
  if (!thread) { last_error = ENOMEM; return NULL; }
  *thread = (edge_thread){.body = body, .context = context};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  // libjpeg's error messages and a picture's rows are on the heap; musl's default of 128 KiB is meant for less than a decoder.
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  int error = pthread_create(&thread->thread, &attributes, run, thread);
  pthread_attr_destroy(&attributes);
  if (error == 0) return thread;
  last_error = error;
  free(thread);
  return NULL;
}

void edge_thread_join(edge_thread *thread) {
  pthread_join(thread->thread, NULL);
  free(thread);
}

struct edge_gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
};

edge_gate *edge_gate_create(void) {
  edge_gate *gate = malloc(sizeof *gate);
  if (!gate) { last_error = ENOMEM; return NULL; }
  pthread_mutex_init(&gate->mutex, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&gate->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  return gate;
}

void edge_gate_destroy(edge_gate *gate) {
  pthread_cond_destroy(&gate->changed);
  pthread_mutex_destroy(&gate->mutex);
  free(gate);
}

void edge_gate_lock(edge_gate *gate) { pthread_mutex_lock(&gate->mutex); }

void edge_gate_unlock(edge_gate *gate) { pthread_mutex_unlock(&gate->mutex); }

bool edge_gate_wait(edge_gate *gate, int64_t until_ns) {
  if (until_ns == INT64_MAX) return pthread_cond_wait(&gate->changed, &gate->mutex) == 0;
  struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};
  return pthread_cond_timedwait(&gate->changed, &gate->mutex, &until) == 0;
}

void edge_gate_changed(edge_gate *gate) { pthread_cond_broadcast(&gate->changed); }
