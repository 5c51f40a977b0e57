#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int kind(mode_t mode) {
  if (S_ISREG(mode)) return edge_kind_file;
  return S_ISDIR(mode) ? edge_kind_directory : edge_kind_other;
}

int edge_path_kind(const char *path) {
  struct stat status;
  if (stat(path, &status) == 0) return kind(status.st_mode);
  last_error = errno;
  return edge_kind_missing;
}

bool edge_path_is_pipe(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

// A DIR under a name that Swift sees as an opaque pointer.
edge_directory *edge_directory_open(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) last_error = errno;
  return (edge_directory *)directory;
}

const char *edge_directory_next(edge_directory *directory, int *kind_out) {
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir((DIR *)directory);
    if (!entry) { last_error = errno; return NULL; }
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (entry->d_type == DT_REG) {
      *kind_out = edge_kind_file;
    } else if (entry->d_type == DT_DIR) {
      *kind_out = edge_kind_directory;
    } else {
      // A link, or a file system that does not tell.
      struct stat own, target;
      int fd = dirfd((DIR *)directory);
      *kind_out = edge_kind_other;
      if (fstatat(fd, entry->d_name, &own, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISLNK(own.st_mode)) *kind_out = kind(own.st_mode);
        else if (fstatat(fd, entry->d_name, &target, 0) == 0 && S_ISREG(target.st_mode)) *kind_out = edge_kind_file;
      }
    }
    return entry->d_name;
  }
}

void edge_directory_close(edge_directory *directory) { closedir((DIR *)directory); }
