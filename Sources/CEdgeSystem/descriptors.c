#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int edge_open_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) last_error = errno;
  return fd;
}

int edge_create_file(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) last_error = errno;
  return fd;
}

int edge_continue_file(const char *path, int64_t byte_count) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && ftruncate(fd, byte_count) == 0 && lseek(fd, byte_count, SEEK_SET) == byte_count) return fd;
  last_error = errno;
  if (fd >= 0) close(fd);
  return -1;
}

int64_t edge_file_size(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) { last_error = errno; return -1; }
  if (!S_ISREG(status.st_mode)) { last_error = EINVAL; return -1; }
  return status.st_size;
}

ptrdiff_t edge_read(int fd, void *buffer, ptrdiff_t byte_count) {
  ssize_t count;
  do count = read(fd, buffer, (size_t)byte_count); while (count < 0 && errno == EINTR);
  if (count < 0) last_error = errno;
  return count;
}

bool edge_write(int fd, const void *bytes, ptrdiff_t byte_count) {
  const char *next = bytes;
  while (byte_count > 0) {
    ssize_t count = write(fd, next, (size_t)byte_count);
    if (count < 0) {
      if (errno == EINTR) continue;
      last_error = errno;
      return false;
    }
    next += count;
    byte_count -= count;
  }
  return true;
}

bool edge_close_file(int fd) {
  // Linux has closed the descriptor even when close() was interrupted.
  if (close(fd) == 0 || errno == EINTR) return true;
  last_error = errno;
  return false;
}

bool edge_make_directory(const char *path) {
  if (mkdir(path, 0777) == 0) return true;
  last_error = errno;
  return false;
}

bool edge_rename_file(const char *from, const char *to) {
  if (rename(from, to) == 0) return true;
  last_error = errno;
  return false;
}

bool edge_remove_file(const char *path) {
  if (unlink(path) == 0) return true;
  last_error = errno;
  return false;
}

bool edge_link_file(const char *from, const char *to) {
  if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0) return true;
  last_error = errno;
  return false;
}

bool edge_is_same_file(const char *a, const char *b) {
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool edge_is_terminal(int fd) { return isatty(fd) == 1; }
