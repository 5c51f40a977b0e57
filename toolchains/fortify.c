// The distribution's libjpeg.a is compiled against glibc with _FORTIFY_SOURCE, which turns two calls into checked forms
// that only glibc has. musl gets them here, each with the check that it is there for: `size` is what the compiler knows
// of the buffer, SIZE_MAX if nothing.
#include <stdarg.h>
#include <stdio.h>

int __snprintf_chk(char *buffer, size_t capacity, int flag, size_t size, const char *format, ...) {
  (void)flag;
  if (capacity > size) __builtin_trap();
  va_list arguments;
  va_start(arguments, format);
  int count = vsnprintf(buffer, capacity, format, arguments);
  va_end(arguments);
  return count;
}

int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
  (void)flag;
  va_list arguments;
  va_start(arguments, format);
  int count = vfprintf(file, format, arguments);
  va_end(arguments);
  return count;
}
