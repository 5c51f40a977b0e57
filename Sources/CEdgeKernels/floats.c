// Element-wise operators that take or give float32: plain C for all CPUs, which the compiler makes vectors of.
#define TARGET
#include "quantize.h"

#include <string.h>

EDGE_QUANTIZE_S8(edge_quantize_s8) { quantize(input, output, count, scale, zero_point, flipped_bits); }

void edge_dequantize_s8(const int8_t *restrict input, float *restrict output, ptrdiff_t count, float scale, int32_t zero_point,
                        int32_t flipped_bits) {
  for (ptrdiff_t i = 0; i < count; i++) output[i] = scale * (float)((int8_t)(input[i] ^ flipped_bits) - zero_point);
}

// By eight, all of which are read before any is written: the compiler makes no vectors of a loop that may be in place.
#define NO_VECTORS _Pragma("clang loop vectorize(disable) unroll(disable)")
#define PAIRS(name, operator)                      \
  EDGE_PAIRS_F32(name) {                           \
    ptrdiff_t i = 0;                               \
    NO_VECTORS for (; i + 8 <= count; i += 8) {    \
      float x[8], y[8];                            \
      memcpy(x, a + i, sizeof x);                  \
      memcpy(y, b + i, sizeof y);                  \
      for (int j = 0; j < 8; j++) {                \
        x[j] = x[j] operator y[j];                 \
        x[j] = x[j] < minimum ? minimum : x[j];    \
        x[j] = x[j] > maximum ? maximum : x[j];    \
      }                                            \
      memcpy(output + i, x, sizeof x);             \
    }                                              \
    return i;                                      \
  }

PAIRS(edge_add_f32, +)
PAIRS(edge_sub_f32, -)
PAIRS(edge_mul_f32, *)
