#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int edge_stop_create(void) {
  int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) last_error = errno;
  return stop;
}

void edge_stop_request(int stop) {
  const uint64_t one = 1;
  // A counter that is full says the same.
  ssize_t ignored = write(stop, &one, sizeof one);
  (void)ignored;
}

static volatile sig_atomic_t stopped_by_signals = -1;

static void on_signal(int signal) {
  (void)signal;
  int error = errno;
  edge_stop_request(stopped_by_signals);
  errno = error;
}

void edge_stop_on_signals(int stop) {
  stopped_by_signals = stop;
  // Whoever asks a second time is not made to wait.
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
  sigemptyset(&action.sa_mask);
  const int signals[] = {SIGINT, SIGTERM};
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < 2; i++) {
    // A shell has its background jobs ignore SIGINT.
    struct sigaction before;
    if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(signals[i], &action, NULL);
    sigaddset(&set, signals[i]);
  }
  // Whoever started this program may have left them blocked.
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

edge_event edge_wait(int fd, int stop, int64_t until_ns) {
  while (true) {
    int timeout = -1;
    if (until_ns != INT64_MAX) {
      int64_t left = until_ns - edge_clock_ns();
      int64_t milliseconds = left > 0 ? (left + 999999) / 1000000 : 0;
      timeout = milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds;
    }
    struct pollfd descriptors[2] = {{.fd = stop, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    int count = poll(descriptors, fd < 0 ? 1 : 2, timeout);
    if (count < 0) {
      if (errno == EINTR) continue;
      last_error = errno;
      return edge_event_failed;
    }
    if (descriptors[0].revents) return edge_event_stop;
    // An end of file, an error and a camera that was pulled out are for the next read to tell.
    if (fd >= 0 && descriptors[1].revents) return edge_event_readable;
    if (until_ns != INT64_MAX && edge_clock_ns() >= until_ns) return edge_event_time;
  }
}

void edge_sleep_ns(int64_t duration_ns) {
  struct timespec left = {.tv_sec = duration_ns / 1000000000, .tv_nsec = duration_ns % 1000000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

int64_t edge_wall_clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
