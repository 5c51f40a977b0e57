// What the NEON kernels share: exact requantization in two to four instructions for four channels, narrowing, storing.
#ifndef EDGE_NEON_H
#define EDGE_NEON_H

#include "CEdgeKernels.h"

#include <arm_neon.h>
#include <assert.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
// For loops over vectors that are to stay in registers.
#define UNROLL _Pragma("clang loop unroll(full)")

// How far the shifts and the clamp of a layer allow short cuts through the rule of scalar.h. All three give its bytes.
typedef enum {
  // No left shift, and negative values end at the minimum, whichever way their ties go: sqrdmulh, srshl.
  SCALE_CLAMPS_NEGATIVE,
  // No left shift: ties of negative values are sent away from zero by lowering them by one first.
  SCALE_RIGHT,
  SCALE_ANY,
} scale_kind;

INLINE scale_kind kind_of(const edge_requantize_s8 *s) {
  if (s->largest_shift > 0) return SCALE_ANY;
  return s->minimum >= s->zero_point ? SCALE_CLAMPS_NEGATIVE : SCALE_RIGHT;
}

INLINE int32x4_t scale(int32x4_t x, int32x4_t multiplier, int32x4_t shift, scale_kind kind) {
  if (kind == SCALE_ANY) {
    x = vshlq_s32(x, vmaxq_s32(shift, vdupq_n_s32(0)));
    shift = vminq_s32(shift, vdupq_n_s32(0));
  }
  // The reference's first rounding; srshl then rounds ties up. The mask keeps values that are not shifted as they are.
  int32x4_t high = vqrdmulhq_s32(x, multiplier);
  if (kind != SCALE_CLAMPS_NEGATIVE) high = vsraq_n_s32(high, vandq_s32(high, shift), 31);
  return vrshlq_s32(high, shift);
}

typedef struct {
  int16x8_t zero_point;
  int8x16_t minimum, maximum;
} output_range;

INLINE output_range range_of(const edge_requantize_s8 *s) {
  return (output_range){vdupq_n_s16((int16_t)s->zero_point), vdupq_n_s8((int8_t)s->minimum), vdupq_n_s8((int8_t)s->maximum)};
}

// Every step saturates, so a value out of range ends at the bound it lies beyond.
INLINE int8x8_t narrow8(int32x4_t a, int32x4_t b, const output_range *range) {
  int16x8_t sum = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(a), b), range->zero_point);
  return vmin_s8(vmax_s8(vqmovn_s16(sum), vget_low_s8(range->minimum)), vget_low_s8(range->maximum));
}

INLINE int8x16_t narrow16(const int32x4_t v[4], const output_range *range) {
  int16x8_t low = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(v[0]), v[1]), range->zero_point);
  int16x8_t high = vqaddq_s16(vqmovn_high_s32(vqmovn_s32(v[2]), v[3]), range->zero_point);
  return vminq_s8(vmaxq_s8(vqmovn_high_s16(vqmovn_s16(low), high), range->minimum), range->maximum);
}

// The first `count` of eight bytes.
INLINE void store8(int8_t *output, int8x8_t bytes, ptrdiff_t count) {
  if (count >= 8) {
    vst1_s8(output, bytes);
    return;
  }
  for (; count > 0; count--) {
    *output++ = vget_lane_s8(bytes, 0);
    bytes = vext_s8(bytes, bytes, 1);
  }
}

// The first `count` of sixteen bytes.
INLINE void store(int8_t *output, int8x16_t bytes, ptrdiff_t count) {
  if (count >= 16) {
    vst1q_s8(output, bytes);
    return;
  }
  store8(output, vget_low_s8(bytes), count);
  if (count > 8) store8(output + 8, vget_high_s8(bytes), count - 8);
}

#endif
