#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

struct edge_folder_watch {
  int fd;
  ptrdiff_t next;
  ptrdiff_t end;
  _Alignas(struct inotify_event) char events[4096];
};

edge_folder_watch *edge_folder_watch_start(const char *path) {
  edge_folder_watch *watch = calloc(1, sizeof *watch);
  if (!watch) { last_error = ENOMEM; return NULL; }
  watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  // Written and closed, or moved here: then a file is whole.
  const uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  if (watch->fd >= 0 && inotify_add_watch(watch->fd, path, mask) >= 0) return watch;
  last_error = errno;
  if (watch->fd >= 0) close(watch->fd);
  free(watch);
  return NULL;
}

int edge_folder_watch_descriptor(edge_folder_watch *watch) { return watch->fd; }

const char *edge_folder_watch_next(edge_folder_watch *watch, edge_folder_change *change) {
  *change = edge_folder_unchanged;
  while (true) {
    if (watch->next == watch->end) {
      ssize_t count = read(watch->fd, watch->events, sizeof watch->events);
      if (count <= 0) {
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) { last_error = errno; *change = edge_folder_gone; }
        return NULL;
      }
      watch->next = 0;
      watch->end = count;
    }
    const struct inotify_event *event = (const struct inotify_event *)(watch->events + watch->next);
    watch->next += (ptrdiff_t)sizeof *event + event->len;
    if (event->mask & IN_Q_OVERFLOW) { *change = edge_folder_overflow; return NULL; }
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) {
      last_error = ENOENT;
      *change = edge_folder_gone;
      return NULL;
    }
    if (event->len > 0 && !(event->mask & IN_ISDIR)) { *change = edge_folder_file; return event->name; }
  }
}

void edge_folder_watch_stop(edge_folder_watch *watch) {
  close(watch->fd);
  free(watch);
}
