#if defined(__x86_64__)
#include "avx512.h"

enum { mr = 8 };

typedef int32_t int32_unaligned __attribute__((aligned(1), may_alias));

// Sum of all bytes a row's pointers reach, for every row.
VNNI static void sum_rows(const edge_gemm_s8 *p, int32_t sums[mr]) {
  const __m512i one = _mm512_set1_epi8(1);
  ptrdiff_t whole = p->tap_byte_count & -64;
  __mmask64 rest = (1ull << (p->tap_byte_count & 63)) - 1;
  for (int r = 0; r < mr; r++) {
    __m512i sum = _mm512_setzero_si512();
    for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
      const int8_t *a = p->a[tap * mr + r];
      for (ptrdiff_t k = 0; k < whole; k += 64) sum = _mm512_dpbusd_epi32(sum, one, _mm512_loadu_si512(a + k));
      if (rest) sum = _mm512_dpbusd_epi32(sum, one, _mm512_maskz_loadu_epi8(rest, a + whole));
    }
    sums[r] = _mm512_reduce_add_epi32(sum);
  }
}

// vpdpbusd multiplies unsigned by signed bytes. 128 is added to the weights (their top bit flips), so that the pixels can be
// its broadcast memory operand; 128 times a row's sum is taken away at the end.
VNNI EDGE_GEMM_S8(edge_gemm_s8_8x16c4_avx512vnni) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  const __m512i zero_point = _mm512_set1_epi32(p->scale.zero_point);
  const __m512i minimum = _mm512_set1_epi32(p->scale.minimum), maximum = _mm512_set1_epi32(p->scale.maximum);
  const int8_t *w = p->weights;
  int32_t row_term[mr];
  sum_rows(p, row_term);
  for (int r = 0; r < mr; r++) row_term[r] = (int32_t)((uint32_t)p->row_term[r] - 128u * (uint32_t)row_term[r]);

  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    __m512i start = _mm512_loadu_si512(p->bias + c);
    __m512i acc[mr];
    for (int r = 0; r < mr; r++) acc[r] = _mm512_add_epi32(start, _mm512_set1_epi32(row_term[r]));
    const int8_t *const *a = p->a;
    for (ptrdiff_t tap = 0; tap < p->taps; tap++, a += mr) {
      const int8_t *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3], *a4 = a[4], *a5 = a[5], *a6 = a[6], *a7 = a[7];
      for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
        __m512i weights = _mm512_xor_si512(_mm512_loadu_si512(w), flip);
#define ROW(r) acc[r] = _mm512_dpbusd_epi32(acc[r], weights, _mm512_set1_epi32(*(const int32_unaligned *)(a##r + k)))
        ROW(0); ROW(1); ROW(2); ROW(3); ROW(4); ROW(5); ROW(6); ROW(7);
#undef ROW
      }
    }
    ptrdiff_t left = p->channels - c;
    if (p->accumulators) {
      ptrdiff_t stride = (p->channels + 15) / 16 * 16;
      for (ptrdiff_t r = 0; r < p->rows; r++) _mm512_storeu_si512(p->accumulators + r * stride + c, acc[r]);
      continue;
    }
    scales_avx512 scale = load_scales_avx512(&p->scale, c);
    __mmask16 mask = left < 16 ? (__mmask16)((1 << left) - 1) : 0xffff;
    int8_t *output = p->output + c;
    if (!scale.is_right) {
      int32_t sums[mr][16];
      for (int r = 0; r < mr; r++) _mm512_storeu_si512(sums[r], acc[r]);
      for (ptrdiff_t r = 0; r < p->rows; r++)
        for (ptrdiff_t i = 0; i < 16 && i < left; i++)
          output[r * p->channels + i] = edge_requantize_one(sums[r][i], &p->scale, c + i);
      continue;
    }
    for (int r = 0; r < mr; r++) {
      if (r == p->rows) break;
      __m512i v = _mm512_add_epi32(requantize_right_avx512(acc[r], &scale), zero_point);
      v = _mm512_min_epi32(_mm512_max_epi32(v, minimum), maximum);
      store_bytes(output + r * p->channels, mask, v);
    }
  }
}
#endif
