#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
#include <string.h>

// vpdpbusd multiplies unsigned by signed bytes, so 128 is added to the pixels (their top bit flips) and 128 times the weight
// sum is taken away at the end; one more accumulator collects that sum.
__attribute__((target("avx512f,avx512bw,avx512vnni"))) EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  const __m512i flip = _mm512_set1_epi8((char)0x80), one = _mm512_set1_epi8(1);
  __m512i acc[8], weight_sum = _mm512_setzero_si512();
  for (int r = 0; r < 8; r++) acc[r] = _mm512_setzero_si512();
  for (ptrdiff_t tap = 0; tap < taps; tap++, a += 8) {
    for (ptrdiff_t k = 0; k < tap_byte_count; k += 4, w += 64) {
      __m512i weights = _mm512_loadu_si512(w);
      weight_sum = _mm512_dpbusd_epi32(weight_sum, one, weights);
      for (int r = 0; r < 8; r++) {
        int32_t bytes;
        memcpy(&bytes, a[r] + k, 4);
        acc[r] = _mm512_dpbusd_epi32(acc[r], _mm512_xor_si512(_mm512_set1_epi32(bytes), flip), weights);
      }
    }
  }
  __m512i start = _mm512_sub_epi32(_mm512_loadu_si512(bias), _mm512_slli_epi32(weight_sum, 7));
  for (int r = 0; r < 8; r++) {
    __m512i sum = _mm512_add_epi32(_mm512_add_epi32(acc[r], start), _mm512_set1_epi32(row_term[r]));
    _mm512_storeu_si512(accumulators + 16 * r, sum);
  }
}
#endif
