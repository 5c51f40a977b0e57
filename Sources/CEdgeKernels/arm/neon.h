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

// Two vectors from memory. In assembly, lest clang loads them once and makes copies of them, which are two instructions and not one.
#define LOAD_TWO(x, y, p, offset) \
  __asm__ volatile("ldp %q0, %q1, [%2, %3]" : "=w"(x), "=w"(y) : "r"(p), "i"(offset), "m"(*(const int32_t(*)[16])(const void *)(p)))

// Lets clang know nothing of an address, lest it counts on from an earlier one where a load could move it on.
#define FORGET(p) __asm__("" : "+r"(p))

// How far the shifts and the clamp of a layer allow short cuts through the rule of scalar.h. All but the last give its bytes.
typedef enum {
  // As the next, with shifts of -7...0, or of -10...-4: what is beyond 16 bits before the last shift is beyond the output's range too.
  SCALE_RELU_7,
  SCALE_RELU_10,
  // ReLU with codes from the zero point -128 to 127, no left shift: negative values end at the minimum, whichever way their ties go.
  SCALE_RELU,
  // Right shifts only: ties of negative values are sent away from zero by lowering them by one first.
  SCALE_RIGHT,
  // The same with shifts of -10...-4, the last of which has room in 16 bits.
  SCALE_RIGHT_10,
  SCALE_ANY,
  // Sums are stored as they are.
  SCALE_NONE,
} scale_kind;

INLINE scale_kind kind_of(const edge_requantize_s8 *s) {
  if (s->largest_shift <= 0 && s->zero_point == -128 && s->minimum == -128 && s->maximum == 127) return SCALE_RELU;
  return s->largest_shift < 0 ? SCALE_RIGHT : SCALE_ANY;
}

INLINE int32x4_t scale(int32x4_t x, int32x4_t multiplier, int32x4_t shift, scale_kind kind) {
  if (kind == SCALE_ANY) {
    x = vshlq_s32(x, vmaxq_s32(shift, vdupq_n_s32(0)));
    shift = vminq_s32(shift, vdupq_n_s32(0));
  }
  // The reference's first rounding; srshl then rounds ties up. The mask keeps values that are not shifted as they are.
  int32x4_t high = vqrdmulhq_s32(x, multiplier);
  if (kind == SCALE_RIGHT) high = vsraq_n_s32(high, high, 31);
  if (kind == SCALE_ANY) high = vsraq_n_s32(high, vandq_s32(high, shift), 31);
  return vrshlq_s32(high, shift);
}

// The same for eight channels, with a kind whose last shift has room in 16 bits. shift: from shift_16().
INLINE int has_room(scale_kind kind) { return kind == SCALE_RELU_7 || kind == SCALE_RELU_10 || kind == SCALE_RIGHT_10; }

INLINE int16x8_t scale_16(int32x4_t x, int32x4_t y, const int32x4_t multiplier[2], int16x8_t shift, scale_kind kind) {
  x = vqrdmulhq_s32(x, multiplier[0]), y = vqrdmulhq_s32(y, multiplier[1]);
  if (kind == SCALE_RIGHT_10) x = vsraq_n_s32(x, x, 31), y = vsraq_n_s32(y, y, 31);
  // Bits that are cut off here lie below the one that decides.
  if (kind != SCALE_RELU_7) return vrshlq_s16(vqshrn_high_n_s32(vqshrn_n_s32(x, 3), y, 3), shift);
  return vrshlq_s16(vqmovn_high_s32(vqmovn_s32(x), y), shift);
}

INLINE int16x8_t shift_16(const int32_t *shift, scale_kind kind) {
  int16x8_t both = vuzp1q_s16(vreinterpretq_s16_s32(vld1q_s32(shift)), vreinterpretq_s16_s32(vld1q_s32(shift + 4)));
  return kind != SCALE_RELU_7 ? vaddq_s16(both, vdupq_n_s16(3)) : both;
}

// The kind for `vectors` times four of the channels of a layer of kind `all`.
INLINE scale_kind kind_of_some(const int32_t *shift, const int vectors, scale_kind all) {
  if (all != SCALE_RELU && all != SCALE_RIGHT) return all;
  int32x4_t least = vld1q_s32(shift), most = least;
  UNROLL for (int j = 1; j < vectors; j++) {
    least = vminq_s32(least, vld1q_s32(shift + 4 * j));
    most = vmaxq_s32(most, vld1q_s32(shift + 4 * j));
  }
  const int32_t smallest = vminvq_s32(least);
  if (all == SCALE_RELU && smallest >= -7) return SCALE_RELU_7;
  if (smallest < -10 || vmaxvq_s32(most) > -4) return all;
  return all == SCALE_RELU ? SCALE_RELU_10 : SCALE_RIGHT_10;
}

typedef struct {
  int16x8_t zero_point;
  int8x16_t minimum, maximum;
  // Whether codes of eight bits are to be limited further.
  int limits;
} output_range;

INLINE output_range range_of(const edge_requantize_s8 *s) {
  return (output_range){vdupq_n_s16((int16_t)s->zero_point), vdupq_n_s8((int8_t)s->minimum), vdupq_n_s8((int8_t)s->maximum),
                        s->minimum > INT8_MIN || s->maximum < INT8_MAX};
}

INLINE int8x16_t narrow_relu(int16x8_t low, int16x8_t high) {
  uint8x16_t codes = vqmovun_high_s16(vqmovun_s16(low), high);
  return vreinterpretq_s8_u8(veorq_u8(codes, vdupq_n_u8(0x80)));
}

// Adds the zero point. Every step saturates, so a value out of range ends at the bound it lies beyond.
INLINE int8x16_t narrow_any(int16x8_t low, int16x8_t high, const output_range *range) {
  return vqmovn_high_s16(vqmovn_s16(vqaddq_s16(low, range->zero_point)), vqaddq_s16(high, range->zero_point));
}

INLINE int8x16_t limited(int8x16_t bytes, const output_range *range) {
  return vminq_s8(vmaxq_s8(bytes, range->minimum), range->maximum);
}

// The same, and limits.
INLINE int8x16_t clamped(int16x8_t low, int16x8_t high, const output_range *range) {
  return limited(narrow_any(low, high, range), range);
}

INLINE int8x16_t narrow16(const int32x4_t v[4], scale_kind kind, const output_range *range) {
  int16x8_t low = vqmovn_high_s32(vqmovn_s32(v[0]), v[1]), high = vqmovn_high_s32(vqmovn_s32(v[2]), v[3]);
  if (kind == SCALE_RELU) return narrow_relu(low, high);
  return clamped(low, high, range);
}

INLINE int8x8_t narrow8(int32x4_t a, int32x4_t b, scale_kind kind, const output_range *range) {
  int16x8_t sum = vqmovn_high_s32(vqmovn_s32(a), b);
  if (kind == SCALE_RELU) return vreinterpret_s8_u8(veor_u8(vqmovun_s16(sum), vdup_n_u8(0x80)));
  sum = vqaddq_s16(sum, range->zero_point);
  return vmin_s8(vmax_s8(vqmovn_s16(sum), vget_low_s8(range->minimum)), vget_low_s8(range->maximum));
}

// The first `count` of sixteen bytes. Out of line: rows that end within a vector are rare.
static __attribute__((noinline, unused)) void store(int8_t *output, int8x16_t bytes, ptrdiff_t count) {
  int8_t all[16];
  vst1q_s8(all, bytes);
  for (ptrdiff_t i = 0; i < count && i < 16; i++) output[i] = all[i];
}

#endif
