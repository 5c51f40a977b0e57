// Samples of a bilinear resize, for any instruction set: a file of each defines TARGET, includes this, and calls bilinear_s8 and
// bilinear_u8.
#ifndef EDGE_BILINEAR_H
#define EDGE_BILINEAR_H

#include "CEdgeKernels.h"

// A product and a sum round each for itself.
#pragma STDC FP_CONTRACT OFF

#define INLINE TARGET static inline __attribute__((always_inline))

// For a loop of less than eight passes.
#define SMALL _Pragma("clang loop vectorize(disable) unroll(disable)")

// The four pixels around a sample.
typedef struct { const int8_t *upper_left, *upper_right, *lower_left, *lower_right; } edge_pixels;

// The integer rule for numbers or vectors of int32. With weights in 0...1024 the sum of four products is also a first code, shifted,
// and the weighted difference of the second. To round ties away from zero, half a unit is added, less one where the sum is negative.
#define MIX(first, second, weight) (((first) << 10) + ((second) - (first)) * (weight))
#define ROUND(sum) (((sum) + ((sum) >> 31) + (1 << 19)) >> 20)

// The float32 rule for codes less 128: terms in this order, the fraction cut.
#define TERMS(ul, ll, ur, lr, wy, wx) \
  ((ul) * (1 - (wy)) * (1 - (wx)) + (ll) * (wy) * (1 - (wx)) + (ur) * (1 - (wy)) * (wx) + (lr) * (wy) * (wx))

#define VALUES(count, pixel) \
  __builtin_convertvector(__builtin_convertvector(*(const codes##count *)(pixel), ints##count) + 128, floats##count)

// `count` channels of a sample, from c on.
#define SAMPLE(count)                                                                                                      \
  typedef int8_t codes##count __attribute__((vector_size(count), aligned(1), may_alias));                                    \
  typedef int32_t ints##count __attribute__((vector_size(4 * count)));                                                       \
  typedef float floats##count __attribute__((vector_size(4 * count)));                                                       \
  INLINE void sample##count##_s8(const edge_pixels *x, ptrdiff_t c, int32_t wy, int32_t wx, int8_t *output) {              \
    ints##count ul = __builtin_convertvector(*(const codes##count *)(x->upper_left + c), ints##count);                     \
    ints##count ur = __builtin_convertvector(*(const codes##count *)(x->upper_right + c), ints##count);                    \
    ints##count ll = __builtin_convertvector(*(const codes##count *)(x->lower_left + c), ints##count);                     \
    ints##count lr = __builtin_convertvector(*(const codes##count *)(x->lower_right + c), ints##count);                    \
    ints##count upper = MIX(ul, ur, wx), lower = MIX(ll, lr, wx), sum = MIX(upper, lower, wy);                             \
    *(codes##count *)(output + c) = __builtin_convertvector(ROUND(sum), codes##count);                                     \
  }                                                                                                                        \
  INLINE void sample##count##_u8(const edge_pixels *x, ptrdiff_t c, float wy, float wx, int8_t *output) {                  \
    floats##count ul = VALUES(count, x->upper_left + c), ur = VALUES(count, x->upper_right + c);                           \
    floats##count ll = VALUES(count, x->lower_left + c), lr = VALUES(count, x->lower_right + c);                           \
    floats##count sum = TERMS(ul, ll, ur, lr, wy, wx) + 0.5f;                                                              \
    *(codes##count *)(output + c) =                                                                                        \
      __builtin_convertvector(__builtin_convertvector(sum, ints##count) - 128, codes##count);                              \
  }

SAMPLE(8)
SAMPLE(16)

INLINE void sample1_s8(const edge_pixels *x, ptrdiff_t c, int32_t wy, int32_t wx, int8_t *output) {
  int32_t upper = MIX((int32_t)x->upper_left[c], (int32_t)x->upper_right[c], wx);
  int32_t lower = MIX((int32_t)x->lower_left[c], (int32_t)x->lower_right[c], wx), sum = MIX(upper, lower, wy);
  output[c] = (int8_t)ROUND(sum);
}

INLINE void sample1_u8(const edge_pixels *x, ptrdiff_t c, float wy, float wx, int8_t *output) {
  float ul = (float)(x->upper_left[c] + 128), ur = (float)(x->upper_right[c] + 128);
  float ll = (float)(x->lower_left[c] + 128), lr = (float)(x->lower_right[c] + 128);
  output[c] = (int8_t)((int32_t)(TERMS(ul, ll, ur, lr, wy, wx) + 0.5f) - 128);
}

// What is left of the channels ends in a vector that overlaps the one before; only fewer than eight channels are taken one by one.
#define SAMPLES(rule, field)                                                                     \
  INLINE void bilinear_##rule(const edge_bilinear *p, int8_t *output) {                                              \
    const edge_bilinear arguments = *p; /* a copy that stores to the output cannot change */                         \
    const ptrdiff_t channels = arguments.channels;                                                                   \
    const __typeof__(arguments.row.field) wy = arguments.row.field;                                                \
    for (ptrdiff_t i = 0; i < arguments.count; i++, output += channels) {                                            \
      const edge_blend column = arguments.columns[i];                                                      \
      const edge_pixels x = {arguments.upper + column.first, arguments.upper + column.second,                          \
                             arguments.lower + column.first, arguments.lower + column.second};                         \
      const __typeof__(column.field) wx = column.field;                                              \
      ptrdiff_t c = 0;                                                                                               \
      for (; c + 16 <= channels; c += 16) sample16_##rule(&x, c, wy, wx, output);                                    \
      if (c + 8 <= channels) sample8_##rule(&x, c, wy, wx, output), c += 8;                                          \
      if (c < channels && channels >= 8) sample8_##rule(&x, channels - 8, wy, wx, output), c = channels;             \
      SMALL for (; c < channels; c++) sample1_##rule(&x, c, wy, wx, output);                                         \
    }                                                                                                                \
  }

SAMPLES(s8, weight)
SAMPLES(u8, share)

#endif
