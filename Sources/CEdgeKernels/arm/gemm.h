// What the matrix-product tiles share: from the sums of a tile to its output.
#ifndef EDGE_NEON_GEMM_H
#define EDGE_NEON_GEMM_H

#include "neon.h"

// Sums of `rows` rows by 4 * `vectors` channels from c on.
INLINE void scale_tile(int32x4_t sums[][4], const int rows, const int vectors, const edge_requantize_s8 *s, ptrdiff_t c,
                       scale_kind kind) {
  UNROLL for (int j = 0; j < vectors; j++) {
    int32x4_t multiplier = vld1q_s32(s->multiplier + c + 4 * j), shift = vld1q_s32(s->shift + c + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) sums[r][j] = scale(sums[r][j], multiplier, shift, kind);
  }
}

INLINE void finish_tile(const edge_gemm_s8 *p, int32x4_t sums[][4], const int rows, const int vectors, ptrdiff_t c,
                        int has_row_terms, scale_kind kind, const output_range *range) {
  if (has_row_terms) {
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int j = 0; j < vectors; j++) sums[r][j] = vaddq_s32(sums[r][j], vdupq_n_s32(p->row_term[r]));
  }
  if (p->accumulators) {
    ptrdiff_t stride = (p->channels + 15) / 16 * 16;
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int j = 0; j < vectors; j++) vst1q_s32(p->accumulators + r * stride + c + 4 * j, sums[r][j]);
    return;
  }
  switch (kind) {
    case SCALE_CLAMPS_NEGATIVE: scale_tile(sums, rows, vectors, &p->scale, c, SCALE_CLAMPS_NEGATIVE); break;
    case SCALE_RIGHT: scale_tile(sums, rows, vectors, &p->scale, c, SCALE_RIGHT); break;
    case SCALE_ANY: scale_tile(sums, rows, vectors, &p->scale, c, SCALE_ANY); break;
  }
  int8_t *output = p->output + c;
  UNROLL for (int r = 0; r < rows; r++, output += p->channels) {
    if (vectors == 4) {
      store(output, narrow16(sums[r], range), p->channels - c);
    } else {
      store8(output, narrow8(sums[r][0], sums[r][1], range), p->channels - c);
    }
  }
}

INLINE int any_row_term(const edge_gemm_s8 *p, const int rows) {
  int32_t any = 0;
  UNROLL for (int r = 0; r < rows; r++) any |= p->row_term[r];
  return any != 0;
}

#endif
