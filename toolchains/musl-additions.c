// Functions that musl lacks and that a static edgeinfer links. They join the sysroot's libc.a, weak, so that a later
// musl's own take precedence.
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/random.h>

// The distribution's libjpeg.a is compiled against glibc with _FORTIFY_SOURCE, which turns two calls into checked forms.
// `size` is what the compiler knew of the buffer, SIZE_MAX if nothing.
__attribute__((weak)) int __snprintf_chk(char *buffer, size_t capacity, int flag, size_t size, const char *format, ...) {
  (void)flag;
  if (capacity > size) __builtin_trap();
  va_list arguments;
  va_start(arguments, format);
  int count = vsnprintf(buffer, capacity, format, arguments);
  va_end(arguments);
  return count;
}

__attribute__((weak)) int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
  (void)flag;
  va_list arguments;
  va_start(arguments, format);
  int count = vfprintf(file, format, arguments);
  va_end(arguments);
  return count;
}

// Embedded Swift seeds its hash tables with this, so whatever is Hashable refers to it.
__attribute__((weak)) void arc4random_buf(void *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t got = getrandom((char *)bytes + done, count - done, 0);
    if (got < 0 && errno != EINTR) __builtin_trap();
    if (got > 0) done += (size_t)got;
  }
}
