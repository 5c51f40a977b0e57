#if defined(__aarch64__)
#include "depthwise.h"

#define NAME edge_depthwise_s8_3x3_neon
#define TARGET
#define HAS_PAIRS 0

typedef struct { int8x8_t top, middle, bottom; } column_t;
typedef struct { int8x8_t taps[9]; } weights_t;

INLINE column_t column_of(int8x16_t top, int8x16_t middle, int8x16_t bottom) {
  return (column_t){vget_low_s8(top), vget_low_s8(middle), vget_low_s8(bottom)};
}

INLINE weights_t weights_of(const taps_3x3 *t) {
  weights_t w;
  UNROLL for (int i = 0; i < 9; i++) w.taps[i] = vmovn_s16(t->weights[i]);
  return w;
}

INLINE void begin(int32x4_t sums[2], const taps_3x3 *t) { sums[0] = t->bias[0], sums[1] = t->bias[1]; }

INLINE void add(int32x4_t sums[2], int16x8_t products) {
  sums[0] = vaddw_s16(sums[0], vget_low_s16(products));
  sums[1] = vaddw_high_s16(sums[1], products);
}

// Two products fit in 16 bits, as no weight is -128.
INLINE void products(int32x4_t sums[2], const weights_t *weights, column_t a, column_t b, column_t c) {
  const int8x8_t *w = weights->taps;
  add(sums, vmlal_s8(vmull_s8(a.top, w[0]), a.middle, w[3]));
  add(sums, vmlal_s8(vmull_s8(a.bottom, w[6]), b.top, w[1]));
  add(sums, vmlal_s8(vmull_s8(b.middle, w[4]), b.bottom, w[7]));
  add(sums, vmlal_s8(vmull_s8(c.top, w[2]), c.middle, w[5]));
  add(sums, vmull_s8(c.bottom, w[8]));
}

#include "depthwise_3x3.h"
#endif
