#if defined(__x86_64__)
#include "gemm_avx512vnni.h"

// Codes of one tap of `count` rows that lie `step` bytes apart, added in sixteen sums for each. Loads of `width` bytes, 16, 32 or 64, are no
// wider than need be: fewer cross a cache line. Codes whose top bits are flipped are unsigned.
VNNI_INLINE __m512i add(__m512i sum, __m512i codes, const bool is_flipped) {
  const __m512i ones = _mm512_set1_epi8(1);
  return is_flipped ? _mm512_dpbusd_epi32(sum, codes, ones) : _mm512_dpbusd_epi32(sum, ones, codes);
}

VNNI_INLINE void add_codes(__m512i *sums, const int count, const int8_t *x, ptrdiff_t step, ptrdiff_t byte_count, const int width,
                           const bool is_flipped) {
  const uint64_t mask = ~0ull >> (63 & -byte_count);
  if (width == 64)
    for (; byte_count > 64; byte_count -= 64, x += 64)
      UNROLL for (int r = 0; r < count; r++) sums[r] = add(sums[r], _mm512_loadu_si512(x + r * step), is_flipped);
  UNROLL for (int r = 0; r < count; r++) {
    const int8_t *row = x + r * step;
    __m512i codes = width == 16   ? _mm512_zextsi128_si512(_mm_maskz_loadu_epi8((__mmask16)mask, row))
                    : width == 32 ? _mm512_zextsi256_si512(_mm256_maskz_loadu_epi8((__mmask32)mask, row))
                                  : _mm512_maskz_loadu_epi8(mask, row);
    sums[r] = add(sums[r], codes, is_flipped);
  }
}

// Sums of the lanes of eight vectors.
VNNI_INLINE __m256i sums_of_lanes(const __m512i v[8]) {
  __m512i pairs[4], fours[2];
  UNROLL for (int i = 0; i < 4; i++)
    pairs[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]), _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]));
  UNROLL for (int i = 0; i < 2; i++)
    fours[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(pairs[2 * i], pairs[2 * i + 1]),
                                _mm512_unpackhi_epi64(pairs[2 * i], pairs[2 * i + 1]));
  __m512i halves = _mm512_add_epi32(_mm512_shuffle_i32x4(fours[0], fours[1], 0x44), _mm512_shuffle_i32x4(fours[0], fours[1], 0xee));
  __m512i all = _mm512_add_epi32(_mm512_shuffle_i32x4(halves, halves, 0x08), _mm512_shuffle_i32x4(halves, halves, 0x0d));
  return _mm512_castsi512_si256(all);
}

// Eight rows of a run at a time, of at least eight. The last eight may begin with some of those before.
VNNI_INLINE void terms_of_run(const int8_t *const *a, ptrdiff_t step, ptrdiff_t taps, ptrdiff_t rows, ptrdiff_t byte_count,
                              int32_t factor, int32_t *row_term, const int width, const bool is_flipped) {
  // Flipped codes are greater by 128.
  const __m256i surplus = _mm256_set1_epi32(is_flipped ? 128 * (int32_t)(taps * byte_count) : 0);
  for (ptrdiff_t row = 0;; row = row + 16 < rows ? row + 8 : rows - 8) {
    __m512i sums[8];
    UNROLL for (int r = 0; r < 8; r++) sums[r] = _mm512_setzero_si512();
    for (ptrdiff_t tap = 0; tap < taps; tap++) add_codes(sums, 8, a[tap] + row * step, step, byte_count, width, is_flipped);
    __m256i sum = _mm256_sub_epi32(sums_of_lanes(sums), surplus);
    _mm256_storeu_si256((__m256i *)(row_term + row), _mm256_mullo_epi32(sum, _mm256_set1_epi32(factor)));
    if (row == rows - 8) return;
  }
}

// The same where one load has what eight rows see of a tap, at even distances: a permutation brings two groups of four codes of each row
// into lanes.
VNNI_INLINE void terms_of_short_taps(const int8_t *const *a, ptrdiff_t step, ptrdiff_t taps, ptrdiff_t rows, ptrdiff_t byte_count,
                                     int32_t factor, int32_t *row_term, const bool is_flipped) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i group = _mm512_srli_epi32(lane, 3), row_of = _mm512_and_si512(lane, _mm512_set1_epi32(7));
  // The first of two words, and both.
  const __m512i word = _mm512_add_epi32(_mm512_mullo_epi32(row_of, _mm512_set1_epi32((int32_t)step / 2)), _mm512_slli_epi32(group, 1));
  const __m512i first = _mm512_or_si512(word, _mm512_slli_epi32(_mm512_add_epi32(word, _mm512_set1_epi32(1)), 16));
  const __m512i second = _mm512_add_epi16(first, _mm512_set1_epi16(4));
  // 1 for every code of the tap.
  const __m512i position = _mm512_add_epi32(_mm512_slli_epi32(_mm512_mullo_epi32(group, _mm512_set1_epi32(0x01010101)), 2),
                                            _mm512_set1_epi32(0x03020100));
  const __m512i end = _mm512_set1_epi8((char)byte_count), one = _mm512_set1_epi8(1);
  const __m512i ones = _mm512_maskz_mov_epi8(_mm512_cmplt_epu8_mask(position, end), one);
  const __mmask64 is_there = _mm512_cmplt_epu8_mask(_mm512_add_epi8(position, _mm512_set1_epi8(8)), end);
  const __m512i more_ones = _mm512_maskz_mov_epi8(is_there, one);
  const __m256i surplus = _mm256_set1_epi32(is_flipped ? 128 * (int32_t)(taps * byte_count) : 0);
  const __mmask64 mask = ~0ull >> (64 - (7 * step + byte_count));
  for (ptrdiff_t row = 0;; row = row + 16 < rows ? row + 8 : rows - 8) {
    __m512i sums = _mm512_setzero_si512();
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      __m512i codes = _mm512_maskz_loadu_epi8(mask, a[tap] + row * step);
      __m512i x = _mm512_permutexvar_epi16(first, codes), y = _mm512_permutexvar_epi16(second, codes);
      sums = is_flipped ? _mm512_dpbusd_epi32(sums, x, ones) : _mm512_dpbusd_epi32(sums, ones, x);
      sums = is_flipped ? _mm512_dpbusd_epi32(sums, y, more_ones) : _mm512_dpbusd_epi32(sums, more_ones, y);
    }
    __m256i sum = _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64(sums, 1));
    sum = _mm256_mullo_epi32(_mm256_sub_epi32(sum, surplus), _mm256_set1_epi32(factor));
    _mm256_storeu_si256((__m256i *)(row_term + row), sum);
    if (row == rows - 8) return;
  }
}

VNNI_INLINE void terms(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t stride, ptrdiff_t rows,
                       ptrdiff_t byte_count, int32_t factor, int32_t *row_term, const bool is_flipped) {
  if (row_step == 0 || rows < 8) {
    for (ptrdiff_t row = 0; row < rows; row++) {
      __m512i sums = _mm512_setzero_si512();
      for (ptrdiff_t tap = 0; tap < taps; tap++)
        add_codes(&sums, 1, row_step ? a[tap] + row * row_step : a[tap * stride + row], 0, byte_count, 64, is_flipped);
      const uint32_t sum = (uint32_t)_mm512_reduce_add_epi32(sums) - (is_flipped ? 128 * (uint32_t)(taps * byte_count) : 0);
      row_term[row] = (int32_t)(sum * (uint32_t)factor);
    }
  } else if (byte_count <= 16 && row_step % 2 == 0 && 7 * row_step + byte_count <= 64) {
    terms_of_short_taps(a, row_step, taps, rows, byte_count, factor, row_term, is_flipped);
  } else if (byte_count <= 16) {
    terms_of_run(a, row_step, taps, rows, byte_count, factor, row_term, 16, is_flipped);
  } else if (byte_count <= 32) {
    terms_of_run(a, row_step, taps, rows, byte_count, factor, row_term, 32, is_flipped);
  } else {
    terms_of_run(a, row_step, taps, rows, byte_count, factor, row_term, 64, is_flipped);
  }
}

VNNI EDGE_ROW_TERMS_S8(edge_row_terms_s8_avx512vnni) {
  terms(a, row_step, taps, stride, rows, byte_count, factor, row_term, false);
}

VNNI void edge_row_terms_flipped_avx512vnni(const int8_t *const *a, ptrdiff_t row_step, ptrdiff_t taps, ptrdiff_t rows,
                                            ptrdiff_t byte_count, int32_t factor, int32_t *row_term) {
  terms(a, row_step, taps, 1, rows, byte_count, factor, row_term, true);
}
#endif
