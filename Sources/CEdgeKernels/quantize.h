// Codes of numbers, for any instruction set: a file of each defines TARGET, includes this, and calls quantize.
#ifndef EDGE_QUANTIZE_H
#define EDGE_QUANTIZE_H

#include "CEdgeKernels.h"

// To nearest, ties away from zero: what is added to a number below 512 is just less than a half, so that nothing else reaches the next
// integer.
TARGET static inline __attribute__((always_inline)) void quantize(const float *restrict input, int8_t *restrict output, ptrdiff_t count,
                                                                  float scale, int32_t zero_point, int32_t flipped_bits) {
  for (ptrdiff_t i = 0; i < count; i++) {
    float x = input[i] / scale;
    x = x == x ? x : 0;
    x = x < -512 ? -512 : x;
    x = x > 512 ? 512 : x;
    int32_t code = (int32_t)(x + __builtin_copysignf(0x1.fffffep-2f, x)) + zero_point;
    code = code < -128 ? -128 : code;
    code = code > 127 ? 127 : code;
    output[i] = (int8_t)(code ^ flipped_bits);
  }
}

#endif
