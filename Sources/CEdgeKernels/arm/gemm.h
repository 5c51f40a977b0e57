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
                        scale_kind kind, const output_range *range) {
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
  const ptrdiff_t left = p->channels - c;
  if (vectors == 4) {
    UNROLL for (int r = 0; r < rows; r++, output += p->channels) store(output, narrow16(sums[r], range), left);
    return;
  }
  // Two rows of eight channels share a vector.
  UNROLL for (int r = 0; r < rows; r += 2, output += 2 * p->channels) {
    const int second = r + 1 < rows ? r + 1 : r;
    const int32x4_t two[4] = {sums[r][0], sums[r][1], sums[second][0], sums[second][1]};
    int8x16_t bytes = narrow16(two, range);
    store8(output, vget_low_s8(bytes), left);
    if (second != r) store8(output + p->channels, vget_high_s8(bytes), left);
  }
}

#endif
