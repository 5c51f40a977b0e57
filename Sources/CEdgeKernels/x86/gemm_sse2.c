#if defined(__x86_64__)
#include "../sparse.h"
#include "sse2.h"

enum { MR = 2 };

// Four bytes of depth of `rows` rows by sixteen channels.
INLINE void step(__m128i acc[MR][4], const int8_t *const a[MR], ptrdiff_t k, const int8_t *w, const int rows) {
  halves x[MR];
  UNROLL for (int r = 0; r < rows; r++) {
    int32_t bytes;
    memcpy(&bytes, a[r] + k, 4);
    x[r] = split(_mm_set1_epi32(bytes));
  }
  UNROLL for (int j = 0; j < 4; j++) {
    halves weights = split(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
    UNROLL for (int r = 0; r < rows; r++) acc[r][j] = _mm_add_epi32(acc[r][j], multiply(x[r], weights));
  }
}

static __attribute__((noinline)) void store_row(const edge_gemm_s8 *p, const __m128i *sums, const fixed4 *fixed, bool is_right,
                                                ptrdiff_t row, ptrdiff_t c) {
  const ptrdiff_t left = p->channels - c;
  if (p->accumulators) {
    memcpy(p->accumulators + row * ((p->channels + 15) / 16 * 16) + c, sums, 4 * sizeof *sums);
  } else {
    finish(sums, 4, fixed, is_right, &p->scale, c, p->output + row * p->channels + c, left < 16 ? left : 16);
  }
}

// `rows` rows from `row` on by sixteen channels from c on.
// - block: the sixteen channels' weights where they are sparse, else NULL.
INLINE void product(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t row, ptrdiff_t c, __m128i sums[MR][4],
                    const int rows) {
  const int8_t *w = block ? block->weights : p->weights + c * p->taps * p->tap_byte_count;
  const uint16_t *groups = block ? block->groups : NULL, *const end = block ? groups + block->count : NULL;
  __m128i acc[MR][4];
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < 4; j++) {
      __m128i bias = _mm_loadu_si128((const __m128i *)(p->bias + c) + j);
      acc[r][j] = _mm_add_epi32(bias, _mm_set1_epi32(p->row_term[row + r]));
    }
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *a[MR];
    UNROLL for (int r = 0; r < rows; r++) a[r] = p->row_step ? p->a[tap] + (row + r) * p->row_step : p->a[tap * MR + row + r];
    if (block) {
      const ptrdiff_t first = tap * p->tap_byte_count;
      for (const uint16_t *tap_end = edge_sparse_tap_end(p, groups, end, tap); groups != tap_end; groups++, w += 64)
        step(acc, a, 4 * (ptrdiff_t)*groups - first, w, rows);
    } else {
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) step(acc, a, k, w, rows);
    }
  }
  memcpy(sums, acc, sizeof *acc * (size_t)rows);
}

INLINE void block_of(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t c) {
  fixed4 fixed[4];
  const bool is_right = p->accumulators == NULL && load_fixed(&p->scale, c, 4, fixed);
  for (ptrdiff_t row = 0; row < p->rows; row += MR) {
    __m128i sums[MR][4];
    const int rows = row + MR <= p->rows ? MR : 1;
    if (rows == MR) {
      product(p, block, row, c, sums, MR);
    } else {
      product(p, block, row, c, sums, 1);
    }
    for (int r = 0; r < rows; r++) store_row(p, sums[r], fixed, is_right, row + r, c);
  }
}

EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sse2) {
  for (ptrdiff_t c = 0; c < p->channels; c += 16) block_of(p, NULL, c);
}

EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sparse_sse2) {
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)p->notes;
  for (ptrdiff_t c = 0; c < p->channels; c += 16, block++) block_of(p, block, c);
}
#endif
