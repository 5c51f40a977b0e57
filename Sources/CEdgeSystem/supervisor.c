// What others are told of this process: systemd of its health, a command of a result.
#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// The protocol of sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names; a leading @ stands for the abstract namespace.
bool edge_notify_supervisor(const char *state) {
  const char *path = getenv("NOTIFY_SOCKET");
  if (!path) return true;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t length = strlen(path);
  if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) {
    last_error = EINVAL;
    return false;
  }
  memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) { last_error = errno; return false; }
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  bool is_sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size) >= 0;
  if (!is_sent) last_error = errno;
  close(fd);
  return is_sent;
}

static ptrdiff_t count_of(char *const *list) {
  ptrdiff_t count = 0;
  while (list[count]) count++;
  return count;
}

int edge_command_start(const char *command, char *const *variables) {
  const ptrdiff_t own_count = count_of(environ), added_count = count_of(variables);
  char **environment = malloc(sizeof(char *) * (size_t)(own_count + added_count + 1));
  if (!environment) { last_error = ENOMEM; return -1; }
  // getenv() finds the first of two.
  memcpy(environment, variables, sizeof(char *) * (size_t)added_count);
  memcpy(environment + added_count, environ, sizeof(char *) * (size_t)(own_count + 1));

  // Standard output has results for programs to read. The shell does what posix_spawn_file_actions_t would: in musl that brings a second
  // malloc with it.
  char *const arguments[] = {"sh", "-c", "exec </dev/null >&2; eval \"$1\"", "sh", (char *)command, NULL};
  pid_t process;
  int error = posix_spawn(&process, "/bin/sh", NULL, NULL, arguments, environment);
  free(environment);
  if (error == 0) return process;
  last_error = error;
  return -1;
}

bool edge_command_has_ended(int process, int *status) {
  int raw = 0;
  pid_t ended = waitpid(process, &raw, WNOHANG);
  if (ended == 0) return false;
  *status = ended < 0 ? -1 : WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return true;
}
