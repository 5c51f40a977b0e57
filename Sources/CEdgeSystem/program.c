#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

const char *edge_environment(const char *name) { return getenv(name); }

ptrdiff_t edge_executable_path(char *buffer, ptrdiff_t capacity) {
  ssize_t count = readlink("/proc/self/exe", buffer, (size_t)capacity);
  if (count < 0) last_error = errno;
  return count;
}

int edge_processor_count(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}

static struct { const char *message; size_t byte_count; int exit_code; } lost_mapping;

static void report_lost_mapping(int signal) {
  (void)signal;
  // Only calls that are safe in a signal handler. Nothing can be done if the message cannot be written.
  ssize_t ignored = write(STDERR_FILENO, lost_mapping.message, lost_mapping.byte_count);
  (void)ignored;
  _exit(lost_mapping.exit_code);
}

void edge_on_lost_mapping(const char *message, ptrdiff_t byte_count, int exit_code) {
  lost_mapping.message = message;
  lost_mapping.byte_count = (size_t)byte_count;
  lost_mapping.exit_code = exit_code;
  struct sigaction action = {.sa_handler = report_lost_mapping};
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, NULL);
}

_Noreturn void edge_exit(int code) { exit(code); }
