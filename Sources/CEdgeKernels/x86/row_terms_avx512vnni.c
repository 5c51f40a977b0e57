#if defined(__x86_64__)
#include "avx512.h"

VNNI_INLINE __m512i add_sum(__m512i sum, const int8_t *x, ptrdiff_t byte_count) {
  const __m512i ones = _mm512_set1_epi8(1);
  for (; byte_count >= 64; byte_count -= 64, x += 64) sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(x));
  if (byte_count == 0) return sum;
  return _mm512_dpbusd_epi32(sum, ones, _mm512_maskz_loadu_epi8(~0ull >> (64 - byte_count), x));
}

// Sums of the lanes of eight vectors.
VNNI_INLINE __m256i sums_of_lanes(const __m512i v[8]) {
  __m256i halves[8], pairs[4], fours[2];
  UNROLL for (int i = 0; i < 8; i++) halves[i] = _mm256_add_epi32(_mm512_castsi512_si256(v[i]), _mm512_extracti64x4_epi64(v[i], 1));
  UNROLL for (int i = 0; i < 4; i++) pairs[i] = _mm256_hadd_epi32(halves[2 * i], halves[2 * i + 1]);
  UNROLL for (int i = 0; i < 2; i++) fours[i] = _mm256_hadd_epi32(pairs[2 * i], pairs[2 * i + 1]);
  return _mm256_add_epi32(_mm256_permute2x128_si256(fours[0], fours[1], 0x20), _mm256_permute2x128_si256(fours[0], fours[1], 0x31));
}

// Eight rows of up to sixteen bytes a tap, four in a vector.
VNNI_INLINE __m256i sums_of_short_taps(const int8_t *const *a, ptrdiff_t taps, const ptrdiff_t offsets[8],
                                       __mmask16 mask) {
  const __m512i ones = _mm512_set1_epi8(1);
  const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
  __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  for (ptrdiff_t tap = 0; tap < taps; tap++, a++) {
    UNROLL for (int i = 0; i < 2; i++) {
      __m512i x = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(mask, a[0] + offsets[4 * i]));
      x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(mask, a[0] + offsets[4 * i + 1]), 1);
      x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(mask, a[0] + offsets[4 * i + 2]), 2);
      x = _mm512_inserti32x4(x, _mm_maskz_loadu_epi8(mask, a[0] + offsets[4 * i + 3]), 3);
      sums[i] = _mm512_dpbusd_epi32(sums[i], ones, x);
    }
  }
  UNROLL for (int i = 0; i < 2; i++) {
    sums[i] = _mm512_add_epi32(sums[i], _mm512_shuffle_epi32(sums[i], _MM_PERM_BADC));
    sums[i] = _mm512_add_epi32(sums[i], _mm512_shuffle_epi32(sums[i], _MM_PERM_CDAB));
  }
  return _mm512_castsi512_si256(_mm512_permutex2var_epi32(sums[0], firsts, sums[1]));
}

VNNI_INLINE __m256i sums_of_taps(const int8_t *const *a, ptrdiff_t taps, const ptrdiff_t offsets[8], ptrdiff_t byte_count) {
  __m512i sums[8];
  UNROLL for (int r = 0; r < 8; r++) sums[r] = _mm512_setzero_si512();
  for (ptrdiff_t tap = 0; tap < taps; tap++, a++)
    UNROLL for (int r = 0; r < 8; r++) sums[r] = add_sum(sums[r], a[0] + offsets[r], byte_count);
  return sums_of_lanes(sums);
}

// Eight rows at a time; past the last, it is summed again.
VNNI EDGE_ROW_TERMS_S8(edge_row_terms_s8_avx512vnni) {
  for (ptrdiff_t row = 0; row < rows; row += 8) {
    __m256i sums;
    ptrdiff_t offsets[8];
    UNROLL for (int r = 0; r < 8; r++) offsets[r] = (row + r < rows ? row + r : rows - 1) * row_step;
    if (row_step == 0) {
      // Without a run there are up to eight rows, each with pointers of its own.
      __m512i all[8];
      UNROLL for (int r = 0; r < 8; r++) {
        all[r] = _mm512_setzero_si512();
        for (ptrdiff_t tap = 0; tap < taps; tap++)
          all[r] = add_sum(all[r], a[tap * stride + (row + r < rows ? row + r : rows - 1)], byte_count);
      }
      sums = sums_of_lanes(all);
    } else if (byte_count <= 16) {
      sums = sums_of_short_taps(a, taps, offsets, (__mmask16)(0xffff >> (16 - byte_count)));
    } else {
      sums = sums_of_taps(a, taps, offsets, byte_count);
    }
    __m256i terms = _mm256_mullo_epi32(sums, _mm256_set1_epi32(factor));
    __mmask8 mask = rows - row < 8 ? (__mmask8)((1 << (rows - row)) - 1) : 0xff;
    _mm256_mask_storeu_epi32(row_term + row, mask, terms);
  }
}
#endif
