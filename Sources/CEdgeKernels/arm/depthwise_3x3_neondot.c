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

TARGET INLINE void products(int32x4_t sums[2], const weights_t *w, column_t a, column_t b, column_t c) {
  sums[0] = vdotq_s32(vdotq_s32(vdotq_s32(sums[0], a.low, w->a.low), b.low, w->b.low), c.low, w->c.low);
  sums[1] = vdotq_s32(vdotq_s32(vdotq_s32(sums[1], a.high, w->a.high), b.high, w->b.high), c.high, w->c.high);
}

#include "depthwise_3x3.h"
#endif
