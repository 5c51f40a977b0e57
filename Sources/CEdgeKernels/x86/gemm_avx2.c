#if defined(__x86_64__)
#include "../sparse.h"
#include "avx2.h"

#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))
enum { MR = 2 };

// The start of a tap of a row, which in a run lies a step after that of the row before.
AVX2_INLINE const int8_t *row_start(const edge_gemm_s8 *p, ptrdiff_t tap, ptrdiff_t row) {
  return p->row_step ? p->a[tap] + row * p->row_step : p->a[tap * MR + row];
}

// Bytes are widened to 16 bits, since the 8-bit multiply-add of AVX2 saturates. A channel's four products land in two lanes.
AVX2_INLINE void multiply(__m256i acc[MR][4], const int8_t *const a[MR], ptrdiff_t k, const int8_t *w, const int rows) {
  __m256i x[MR];
  for (int r = 0; r < rows; r++) {
    int32_t bytes;
    memcpy(&bytes, a[r] + k, 4);
    x[r] = _mm256_cvtepi8_epi16(_mm_set1_epi32(bytes));
  }
  for (int j = 0; j < 4; j++) {
    __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
    for (int r = 0; r < rows; r++) acc[r][j] = _mm256_add_epi32(acc[r][j], _mm256_madd_epi16(x[r], weights));
  }
}

// `rows` rows from `row` on by sixteen channels from c on.
// - block: the sixteen channels' weights where they are sparse, else NULL.
AVX2_INLINE void product(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t row, ptrdiff_t c, __m256i sums[MR][2],
                         const int rows) {
  const int8_t *w = block ? block->weights : p->weights + c * p->taps * p->tap_byte_count;
  const uint16_t *groups = block ? block->groups : NULL, *const end = block ? groups + block->count : NULL;
  __m256i acc[MR][4];
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < 4; j++) acc[r][j] = _mm256_setzero_si256();
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *a[MR];
    for (int r = 0; r < rows; r++) a[r] = row_start(p, tap, row + r);
    if (block) {
      const ptrdiff_t first = tap * p->tap_byte_count;
      for (const uint16_t *tap_end = edge_sparse_tap_end(p, groups, end, tap); groups != tap_end; groups++, w += 64)
        multiply(acc, a, 4 * (ptrdiff_t)*groups - first, w, rows);
    } else {
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) multiply(acc, a, k, w, rows);
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < 2; j++) {
      // hadd works in 128-bit halves, so channels come out as 0 1 4 5 2 3 6 7.
      __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[r][2 * j], acc[r][2 * j + 1]), 0xd8);
      sum = _mm256_add_epi32(sum, _mm256_loadu_si256((const __m256i *)(p->bias + c + 8 * j)));
      sums[r][j] = _mm256_add_epi32(sum, _mm256_set1_epi32(p->row_term[row + r]));
    }
  }
}

AVX2_INLINE void rows_of(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t row, ptrdiff_t c, const scale16 *scale,
                         const int rows) {
  __m256i sums[MR][2];
  product(p, block, row, c, sums, rows);
  const ptrdiff_t left = p->channels - c, stride = (p->channels + 15) / 16 * 16;
  for (int r = 0; r < rows; r++) {
    if (p->accumulators) {
      for (int j = 0; j < 2; j++)
        _mm256_storeu_si256((__m256i *)(p->accumulators + (row + r) * stride + c) + j, sums[r][j]);
    } else {
      finish(sums[r][0], sums[r][1], scale, p->output + (row + r) * p->channels + c, left < 16 ? left : 16);
    }
  }
}

AVX2_INLINE void block_of(const edge_gemm_s8 *p, const edge_sparse_block_s8 *block, ptrdiff_t c) {
  scale16 scale;
  if (!p->accumulators) scale = load_scale(&p->scale, c);
  ptrdiff_t row = 0;
  for (; row + MR <= p->rows; row += MR) rows_of(p, block, row, c, &scale, MR);
  if (row < p->rows) rows_of(p, block, row, c, &scale, 1);
}

AVX2 EDGE_GEMM_S8(edge_gemm_s8_2x16c4_avx2) {
  for (ptrdiff_t c = 0; c < p->channels; c += 16) block_of(p, NULL, c);
}

AVX2 EDGE_GEMM_S8(edge_gemm_s8_2x16c4_sparse_avx2) {
  const edge_sparse_block_s8 *block = (const edge_sparse_block_s8 *)(const void *)p->notes;
  for (ptrdiff_t c = 0; c < p->channels; c += 16, block++) block_of(p, block, c);
}
#endif
