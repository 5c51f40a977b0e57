// Runs a program and writes what it took, as one JSON object, to a file:
//   measure OUT.json PROGRAM ARGUMENTS...
//   wall_ns      from just before exec to the moment the program ends, before its memory is given back
//   vm_hwm_kb    the largest resident set, as the kernel shows it at that moment (/proc/PID/status)
//   rss_anon_kb, rss_file_kb   what is resident then: written by the program, or mapped from files
// getrusage() will not do for small programs: its maximum includes the parent's memory from before exec.
// Exits as the program does; 127 if it cannot be run.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(127);
}

/// A line of a process's status file, in kB; -1 if there is none.
static long status_kb(pid_t pid, const char *key) {
  char path[64], line[256];
  long value = -1;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof line, file)) {
    if (strncmp(line, key, strlen(key)) == 0) value = atol(line + strlen(key));
  }
  if (file) fclose(file);
  return value;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure OUT.json PROGRAM ARGUMENTS...\n");
    return 127;
  }
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) fail("pipe");
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    char byte;
    if (read(gate[0], &byte, 1) != 1) _exit(127);
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) != 0) fail("ptrace");
  int64_t start = now();
  if (write(gate[1], "", 1) != 1) fail("write");

  int status;
  while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
    int signal = WSTOPSIG(status);
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
      int64_t wall = now() - start;
      FILE *file = fopen(argv[1], "w");
      if (!file) fail(argv[1]);
      fprintf(file, "{\"wall_ns\": %lld, \"vm_hwm_kb\": %ld, \"rss_anon_kb\": %ld, \"rss_file_kb\": %ld}\n",
              (long long)wall, status_kb(pid, "VmHWM:"), status_kb(pid, "RssAnon:"), status_kb(pid, "RssFile:"));
      fclose(file);
      signal = 0;
    } else if (status >> 16 != 0) {
      signal = 0;
    }
    ptrace(PTRACE_CONT, pid, NULL, signal);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
