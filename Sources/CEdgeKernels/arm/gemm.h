// What the matrix-product tiles share: from the sums of a tile to its output.
#ifndef EDGE_NEON_GEMM_H
#define EDGE_NEON_GEMM_H

#include "neon.h"

// A layer's arguments, and what of them is the same for all of its tiles.
typedef struct {
  edge_gemm_s8 p;
  scale_kind kind;
  output_range range;
} layer;

INLINE layer layer_of(const edge_gemm_s8 *p) {
  return (layer){*p, p->accumulators ? SCALE_NONE : kind_of(&p->scale), range_of(&p->scale)};
}

// Requantizes and stores `rows` rows by 4 * `vectors` channels from c on.
INLINE void requantize_tile(const layer *l, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c,
                            const scale_kind kind, int8_t *output) {
  const edge_requantize_s8 *s = &l->p.scale;
  UNROLL for (int j = 0; j < vectors; j++) {
    int32x4_t multiplier = vld1q_s32(s->multiplier + c + 4 * j), shift = vld1q_s32(s->shift + c + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) sums[r][j] = scale(sums[r][j], multiplier, shift, kind);
  }
  const ptrdiff_t step = l->p.channels, left = step - c;
  if (vectors == 4) {
    int8x16_t bytes[8];
    UNROLL for (int r = 0; r < rows; r++) bytes[r] = narrow16(sums[r], kind, &l->range);
    if (left >= 16) {
      UNROLL for (int r = 0; r < rows; r++, output += step) vst1q_s8(output, bytes[r]);
    } else {
      UNROLL for (int r = 0; r < rows; r++, output += step) store(output, bytes[r], left);
    }
    return;
  }
  // Two rows of eight channels share a vector.
  int8x16_t bytes[4];
  UNROLL for (int r = 0; r < rows; r += 2) {
    const int second = r + 1 < rows ? r + 1 : r;
    const int32x4_t two[4] = {sums[r][0], sums[r][1], sums[second][0], sums[second][1]};
    bytes[r / 2] = narrow16(two, kind, &l->range);
  }
  if (left >= 8) {
    UNROLL for (int r = 0; r < rows; r++, output += step) {
      if (r % 2 == 0) vst1_s8(output, vget_low_s8(bytes[r / 2]));
      if (r % 2 == 1) vst1q_lane_s64((int64_t *)(void *)output, vreinterpretq_s64_s8(bytes[r / 2]), 1);
    }
  } else {
    UNROLL for (int r = 0; r < rows; r++, output += step)
      store(output, r % 2 == 0 ? bytes[r / 2] : vextq_s8(bytes[r / 2], bytes[r / 2], 8), left);
  }
}

// The same, or stores the sums themselves. `output` is the first row's channel c.
INLINE void finish_tile(const layer *l, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c, int8_t *output) {
  switch (l->kind) {
    case SCALE_NONE:
      UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int j = 0; j < vectors; j++)
          vst1q_s32(l->p.accumulators + r * ((l->p.channels + 15) / 16 * 16) + c + 4 * j, sums[r][j]);
      break;
    case SCALE_RELU: requantize_tile(l, sums, rows, vectors, c, SCALE_RELU, output); break;
    case SCALE_RIGHT: requantize_tile(l, sums, rows, vectors, c, SCALE_RIGHT, output); break;
    case SCALE_ANY: requantize_tile(l, sums, rows, vectors, c, SCALE_ANY, output); break;
  }
}

// The pointers of a tile: `mr` rows of a run from `row` on.
INLINE void point(const edge_gemm_s8 *p, ptrdiff_t row, const int mr, const int8_t **a) {
  assert(p->taps <= EDGE_RUN_TAPS && !p->accumulators);
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, a += mr) {
    const int8_t *codes = p->a[tap] + row * p->row_step;
    UNROLL for (int r = 0; r < mr; r++, codes += p->row_step) a[r] = codes;
  }
}

#endif
