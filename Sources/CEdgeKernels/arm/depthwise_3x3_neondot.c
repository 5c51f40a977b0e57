#if defined(__aarch64__)
#include "depthwise.h"

#define NAME edge_depthwise_s8_3x3_neondot
#define TARGET __attribute__((target("dotprod")))

// Four bytes for each channel: top, middle, bottom, and one that meets a weight of zero.
typedef struct { int8x16_t low, high; } column_t;
typedef struct { column_t a, b, c; } weights_t;

INLINE column_t interleave(int8x16_t top, int8x16_t middle, int8x16_t bottom, int8x16_t last) {
  int16x8_t first = vreinterpretq_s16_s8(vzip1q_s8(top, middle)), second = vreinterpretq_s16_s8(vzip1q_s8(bottom, last));
  return (column_t){vreinterpretq_s8_s16(vzip1q_s16(first, second)), vreinterpretq_s8_s16(vzip2q_s16(first, second))};
}

INLINE column_t column_of(int8x16_t top, int8x16_t middle, int8x16_t bottom) { return interleave(top, middle, bottom, bottom); }

INLINE weights_t weights_of(const taps_3x3 *t) {
  const int8x8_t none = vdup_n_s8(0);
  column_t columns[3];
  UNROLL for (int kx = 0; kx < 3; kx++)
    columns[kx] = interleave(vcombine_s8(vmovn_s16(t->weights[kx]), none), vcombine_s8(vmovn_s16(t->weights[3 + kx]), none),
                             vcombine_s8(vmovn_s16(t->weights[6 + kx]), none), vdupq_n_s8(0));
  return (weights_t){columns[0], columns[1], columns[2]};
}

INLINE void begin(int32x4_t sums[2], const taps_3x3 *t) { LOAD_TWO(sums[0], sums[1], t->bias, 0); }

TARGET INLINE void products(int32x4_t sums[2], const weights_t *w, column_t a, column_t b, column_t c) {
  sums[0] = vdotq_s32(vdotq_s32(vdotq_s32(sums[0], a.low, w->a.low), b.low, w->b.low), c.low, w->c.low);
  sums[1] = vdotq_s32(vdotq_s32(vdotq_s32(sums[1], a.high, w->a.high), b.high, w->b.high), c.high, w->c.high);
}

#define HAS_PAIRS 1
typedef column_t tall_t;
// The weights of the upper row, whose fourth byte is zero, and of the lower row, whose first is.
typedef struct { weights_t upper, lower; } pair_weights_t;

INLINE tall_t tall_of(const int8x16_t rows[4]) { return interleave(rows[0], rows[1], rows[2], rows[3]); }

INLINE int8x16_t shifted(int8x16_t weights) {
  return vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(weights), 8));
}

INLINE column_t lowered(column_t w) { return (column_t){shifted(w.low), shifted(w.high)}; }

INLINE pair_weights_t pair_weights_of(const taps_3x3 *t) {
  const weights_t w = weights_of(t);
  return (pair_weights_t){w, {lowered(w.a), lowered(w.b), lowered(w.c)}};
}

TARGET INLINE void pair_products(int32x4_t sums[4], const pair_weights_t *w, tall_t a, tall_t b, tall_t c) {
  products(sums, &w->upper, a, b, c);
  products(sums + 2, &w->lower, a, b, c);
}

#include "depthwise_3x3.h"
#endif
