#if defined(__aarch64__)
#include "depthwise.h"

#define TARGET
#define HAS_PAIRS 0

typedef struct { int16x8_t top, middle, bottom; } column_t;
typedef struct { int16x8_t taps[9]; } weights_t;

INLINE column_t column_of(int8x16_t top, int8x16_t middle, int8x16_t bottom) {
  return (column_t){vmovl_s8(vget_low_s8(top)), vmovl_s8(vget_low_s8(middle)), vmovl_s8(vget_low_s8(bottom))};
}

INLINE weights_t weights_of(const taps_3x3 *t) {
  weights_t w;
  UNROLL for (int i = 0; i < 9; i++) w.taps[i] = t->weights[i];
  return w;
}

INLINE void begin(int32x4_t sums[2], const taps_3x3 *t) { sums[0] = t->bias[0], sums[1] = t->bias[1]; }

INLINE void add(int32x4_t sums[2], int16x8_t x, int16x8_t w) {
  sums[0] = vmlal_s16(sums[0], vget_low_s16(x), vget_low_s16(w));
  sums[1] = vmlal_high_s16(sums[1], x, w);
}

INLINE void products(int32x4_t sums[2], const weights_t *w, column_t a, column_t b, column_t c) {
  add(sums, a.top, w->taps[0]), add(sums, b.top, w->taps[1]), add(sums, c.top, w->taps[2]);
  add(sums, a.middle, w->taps[3]), add(sums, b.middle, w->taps[4]), add(sums, c.middle, w->taps[5]);
  add(sums, a.bottom, w->taps[6]), add(sums, b.bottom, w->taps[7]), add(sums, c.bottom, w->taps[8]);
}

#include "depthwise_3x3.h"

void edge_depthwise_s8_3x3_wide(const edge_depthwise_s8 *p, ptrdiff_t c, int8_t *output) {
  taps_3x3 t;
  load_taps_3x3(p, c, &t);
  if (!blocks_of_strides(p, &t, c, output)) edge_depthwise_s8_rows(p, c, 8, output);
}
#endif
