// A row of a max pool, for any instruction set: a file of each defines TARGET, includes this, and calls max_pool_row.
#ifndef EDGE_MAX_POOL_H
#define EDGE_MAX_POOL_H

#include "CEdgeKernels.h"

// For short loops, which vectors would only make longer.
#define SMALL _Pragma("clang loop vectorize(disable) unroll(disable)")

#define INLINE TARGET static inline __attribute__((always_inline))

// `count` channels of one window that holds `columns` columns; the compiler makes of the vector what the instruction set has.
#define WINDOW(count)                                                                                            \
  typedef int8_t codes##count __attribute__((vector_size(count), aligned(1), may_alias));                          \
  INLINE void window##count(const edge_max_pool_s8 *p, const int8_t *x, ptrdiff_t columns, int8_t *output) {       \
    codes##count largest = (codes##count){0} + (int8_t)p->minimum;                                                \
    for (ptrdiff_t y = 0; y < p->rows; y++, x += p->row_byte_count)                                               \
      for (ptrdiff_t i = 0; i < columns; i++)                                                                     \
        largest = __builtin_elementwise_max(largest, *(const codes##count *)(x + i * p->channels));               \
    *(codes##count *)output = __builtin_elementwise_min(largest, (codes##count){0} + (int8_t)p->maximum);         \
  }

WINDOW(8)
WINDOW(16)
WINDOW(32)
WINDOW(64)

// What is left of the channels ends in a vector that overlaps the one before; only fewer than eight channels are taken one by one.
INLINE void window(const edge_max_pool_s8 *p, const int8_t *x, ptrdiff_t columns, int8_t *output) {
  const ptrdiff_t channels = p->channels;
  ptrdiff_t c = 0;
  for (; c + 64 <= channels; c += 64) window64(p, x + c, columns, output + c);
  if (c + 32 <= channels) window32(p, x + c, columns, output + c), c += 32;
  if (c + 16 <= channels) window16(p, x + c, columns, output + c), c += 16;
  if (c == channels) return;
  if (channels >= 16) return window16(p, x + channels - 16, columns, output + channels - 16);
  if (channels >= 8) window8(p, x, columns, output), c = 8;
  if (c > 0 && c < channels) window8(p, x + channels - 8, columns, output + channels - 8), c = channels;
  SMALL for (; c < channels; c++) {
    int32_t largest = p->minimum;
    for (ptrdiff_t y = 0; y < p->rows; y++)
      SMALL for (ptrdiff_t i = 0; i < columns; i++) {
        int32_t code = x[y * p->row_byte_count + i * channels + c];
        if (code > largest) largest = code;
      }
    output[c] = (int8_t)(largest < p->maximum ? largest : p->maximum);
  }
}

INLINE void max_pool_row(const edge_max_pool_s8 *p, const int8_t *input, int8_t *output) {
  // A copy that stores to the output cannot change.
  const edge_max_pool_s8 arguments = *p;
  for (ptrdiff_t ox = 0; ox < arguments.output_width; ox++, output += arguments.channels) {
    const ptrdiff_t x = ox * arguments.stride_width - arguments.padding_left, room = arguments.input_width - x;
    const ptrdiff_t begin = x < 0 ? -x : 0, end = room < arguments.kernel_width ? room : arguments.kernel_width;
    window(&arguments, input + (x + begin) * arguments.channels, end - begin, output);
  }
}

#endif
