#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Thread_local int last_error;

int edge_last_error(void) { return last_error; }

void edge_set_last_error(int error) { last_error = error; }

const char *edge_error_text(int error) { return strerror(error); }

const void *edge_map_file(const char *path, ptrdiff_t *byte_count) {
  static const char empty[1];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) { last_error = errno; return NULL; }
  struct stat status;
  const void *start = NULL;
  if (fstat(fd, &status) != 0) {
    last_error = errno;
  } else if (S_ISDIR(status.st_mode)) {
    last_error = EISDIR;
  } else if (!S_ISREG(status.st_mode)) {
    last_error = EINVAL;
  } else if (status.st_size == 0) {
    *byte_count = 0;
    start = empty;
  } else {
    void *map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
      last_error = errno;
    } else {
      *byte_count = status.st_size;
      start = map;
    }
  }
  close(fd);
  return start;
}

void edge_unmap_file(const void *start, ptrdiff_t byte_count) {
  if (byte_count > 0) munmap((void *)start, (size_t)byte_count);
}
