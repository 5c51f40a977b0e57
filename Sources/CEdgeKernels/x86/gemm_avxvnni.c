#if defined(__x86_64__)
#include "avx2.h"

#define AVXVNNI __attribute__((target("avx2,avxvnni")))
#define UNROLL _Pragma("clang loop unroll(full)")
enum { MR = 4 };

typedef int32_t int32_unaligned __attribute__((aligned(1), may_alias));

// As in gemm_avx512vnni.c, pixels are made unsigned by adding 128, and notes take the sum of the weights 128 times away.
AVXVNNI void edge_gemm_notes_s8_avxvnni(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count,
                                        uint8_t *notes) {
  const __m256i ones = _mm256_set1_epi8(1);
  const int8_t *w = weights;
  for (ptrdiff_t c = 0; c < channels; c += 16, notes += 64) {
    __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (ptrdiff_t i = taps * tap_byte_count / 4; i != 0; i--, w += 64)
      UNROLL for (int j = 0; j < 2; j++)
        sums[j] = _mm256_dpbusd_avx_epi32(sums[j], ones, _mm256_loadu_si256((const __m256i *)w + j));
    UNROLL for (int j = 0; j < 2; j++)
      _mm256_storeu_si256((__m256i *)notes + j, _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_slli_epi32(sums[j], 7)));
  }
}

// Four rows from `row` on by sixteen channels from c on. Those past the last are the last again.
AVXVNNI static inline void product(const edge_gemm_s8 *p, ptrdiff_t row, ptrdiff_t c, __m256i sums[MR][2]) {
  const __m256i flip = _mm256_set1_epi8((char)0x80);
  const int8_t *w = p->weights + c * p->taps * p->tap_byte_count;
  const ptrdiff_t last = p->rows - row - 1;
  __m256i acc[MR][2];
  UNROLL for (int j = 0; j < 2; j++) {
    __m256i start = _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)(p->bias + c) + j),
                                     _mm256_loadu_si256((const __m256i *)(p->notes + 4 * c) + j));
    UNROLL for (int r = 0; r < MR; r++)
      acc[r][j] = _mm256_add_epi32(start, _mm256_set1_epi32(p->row_term[row + (r < last ? r : last)]));
  }
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *a[MR];
    UNROLL for (int r = 0; r < MR; r++)
      a[r] = p->row_step ? p->a[tap] + (row + (r < last ? r : last)) * p->row_step : p->a[tap * MR + r];
    for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
      __m256i low = _mm256_loadu_si256((const __m256i *)w), high = _mm256_loadu_si256((const __m256i *)w + 1);
      UNROLL for (int r = 0; r < MR; r++) {
        __m256i x = _mm256_xor_si256(_mm256_set1_epi32(*(const int32_unaligned *)(a[r] + k)), flip);
        acc[r][0] = _mm256_dpbusd_avx_epi32(acc[r][0], x, low);
        acc[r][1] = _mm256_dpbusd_avx_epi32(acc[r][1], x, high);
      }
    }
  }
  UNROLL for (int r = 0; r < MR; r++)
    UNROLL for (int j = 0; j < 2; j++) sums[r][j] = acc[r][j];
}

AVXVNNI EDGE_GEMM_S8(edge_gemm_s8_4x16c4_avxvnni) {
  const ptrdiff_t stride = (p->channels + 15) / 16 * 16;
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    scale16 scale;
    if (!p->accumulators) scale = load_scale(&p->scale, c);
    const ptrdiff_t count = p->channels - c < 16 ? p->channels - c : 16;
    for (ptrdiff_t row = 0; row < p->rows; row += MR) {
      __m256i sums[MR][2];
      product(p, row, c, sums);
      for (ptrdiff_t r = 0; r < MR && row + r < p->rows; r++) {
        if (p->accumulators) {
          for (int j = 0; j < 2; j++)
            _mm256_storeu_si256((__m256i *)(p->accumulators + (row + r) * stride + c) + j, sums[r][j]);
        } else {
          finish(sums[r][0], sums[r][1], &scale, p->output + (row + r) * p->channels + c, count);
        }
      }
    }
  }
}
#endif
