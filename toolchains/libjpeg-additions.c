// What the distribution's libjpeg.a, compiled against glibc with _FORTIFY_SOURCE, expects of its C library. It joins the sysroot's
// libjpeg.a. The C library's own printf and scanf, with the 128-bit numbers they are made for, would be 40 KB of the program.
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct text {
  char *bytes;
  size_t count, capacity;
};

static void append(struct text *text, char byte) {
  if (text->count < text->capacity) text->bytes[text->count] = byte;
  text->count++;
}

static void append_number(struct text *text, unsigned long long value, unsigned base, int is_negative, char pad, int width) {
  char digits[20];
  int count = 0;
  do digits[count++] = "0123456789abcdef"[value % base];
  while ((value /= base) != 0);
  if (is_negative && pad == '0') append(text, '-');
  for (int i = count + is_negative; i < width; i++) append(text, pad);
  if (is_negative && pad != '0') append(text, '-');
  while (count > 0) append(text, digits[--count]);
}

// snprintf for the messages of libjpeg: %c %d %s %u %x of int, with a width and leading zeros. `size` is what the compiler knew of
// the buffer, SIZE_MAX if nothing.
int __snprintf_chk(char *buffer, size_t capacity, int flag, size_t size, const char *format, ...) {
  (void)flag;
  if (capacity > size) __builtin_trap();
  struct text text = {buffer, 0, capacity};
  va_list arguments;
  va_start(arguments, format);
  for (; *format != 0; format++) {
    if (*format != '%') {
      append(&text, *format);
      continue;
    }
    char pad = ' ';
    int width = 0;
    if (*++format == '0') pad = *format++;
    while (*format >= '0' && *format <= '9') width = 10 * width + (*format++ - '0');
    switch (*format) {
      case 'c':
        append(&text, (char)va_arg(arguments, int));
        break;
      case 'd': {
        long long value = va_arg(arguments, int);
        append_number(&text, (unsigned long long)(value < 0 ? -value : value), 10, value < 0, pad, width);
        break;
      }
      case 's':
        for (const char *string = va_arg(arguments, const char *); *string != 0; string++) append(&text, *string);
        break;
      case 'u':
        append_number(&text, va_arg(arguments, unsigned), 10, 0, pad, width);
        break;
      case 'x':
        append_number(&text, va_arg(arguments, unsigned), 16, 0, pad, width);
        break;
      default:
        __builtin_trap();
    }
  }
  va_end(arguments);
  if (capacity > 0) buffer[text.count < capacity ? text.count : capacity - 1] = 0;
  return (int)text.count;
}

// libjpeg prints messages with this, unless the program takes them, as CEdgeJPEG does.
int __fprintf_chk(FILE *file, int flag, const char *format, ...) {
  (void)flag;
  return fputs(format, file);
}

// libjpeg reads the environment variable JPEGMEM with this; CEdgeJPEG has limits of its own.
int __isoc99_sscanf(const char *text, const char *format, ...) {
  (void)text;
  (void)format;
  return 0;
}
