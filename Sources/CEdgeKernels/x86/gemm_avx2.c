#if defined(__x86_64__)
#include "avx2.h"

// Bytes are widened to 16 bits, since the 8-bit multiply-add of AVX2 saturates. A channel's four products land in two lanes.
AVX2 static inline __attribute__((always_inline)) void product(const edge_gemm_s8 *p, ptrdiff_t c, __m256i sums[2][2],
                                                                const int rows) {
  const int8_t *w = p->weights + c * p->taps * p->tap_byte_count;
  __m256i acc[2][4];
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < 4; j++) acc[r][j] = _mm256_setzero_si256();
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *a0 = p->a[tap * 2], *a1 = p->a[tap * 2 + 1];
    for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
      int32_t bytes0, bytes1;
      memcpy(&bytes0, a0 + k, 4);
      memcpy(&bytes1, a1 + k, 4);
      __m256i x0 = _mm256_cvtepi8_epi16(_mm_set1_epi32(bytes0));
      __m256i x1 = _mm256_cvtepi8_epi16(_mm_set1_epi32(bytes1));
      for (int j = 0; j < 4; j++) {
        __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
        acc[0][j] = _mm256_add_epi32(acc[0][j], _mm256_madd_epi16(x0, weights));
        if (rows == 2) acc[1][j] = _mm256_add_epi32(acc[1][j], _mm256_madd_epi16(x1, weights));
      }
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int j = 0; j < 2; j++) {
      // hadd works in 128-bit halves, so channels come out as 0 1 4 5 2 3 6 7.
      __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[r][2 * j], acc[r][2 * j + 1]), 0xd8);
      sum = _mm256_add_epi32(sum, _mm256_loadu_si256((const __m256i *)(p->bias + c + 8 * j)));
      sums[r][j] = _mm256_add_epi32(sum, _mm256_set1_epi32(p->row_term[r]));
    }
  }
}

AVX2 EDGE_GEMM_S8(edge_gemm_s8_2x16c4_avx2) {
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    __m256i sums[2][2];
    if (p->rows == 1) {
      product(p, c, sums, 1);
    } else {
      product(p, c, sums, 2);
    }
    if (p->accumulators) {
      ptrdiff_t stride = (p->channels + 15) / 16 * 16;
      for (ptrdiff_t r = 0; r < p->rows; r++)
        for (int j = 0; j < 2; j++)
          _mm256_storeu_si256((__m256i *)(p->accumulators + r * stride + c + 8 * j), sums[r][j]);
      continue;
    }
    scale16 scale = load_scale(&p->scale, c);
    ptrdiff_t count = p->channels - c < 16 ? p->channels - c : 16;
    for (ptrdiff_t r = 0; r < p->rows; r++) {
      finish(sums[r][0], sums[r][1], &scale, p->output + r * p->channels + c, count);
    }
  }
}
#endif
