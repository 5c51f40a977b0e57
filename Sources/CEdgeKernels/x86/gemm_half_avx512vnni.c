#if defined(__x86_64__)
#include "gemm_avx512vnni.h"
#include "gemm_store_avx512.h"

// Blocks of at most eight channels. A vector holds two sums of each, next to each other, of eight bytes of depth: one of the first
// four, one of the others.

VNNI_INLINE __m512i broadcast8(const int8_t *bytes) {
  __m512i all;
  __asm__("vpbroadcastq %1, %0" : "=v"(all) : "m"(*(const __m64 *)(const void *)bytes));
  return all;
}

// Eight channels of two groups of four bytes: those of a channel side by side.
VNNI_INLINE __m512i load_two_groups(const int8_t *w) {
  const __m512i order = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  return _mm512_permutex2var_epi32(_mm512_loadu_si512(w), order, _mm512_loadu_si512(w + 64));
}

VNNI_INLINE void multiply(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t row, const int8_t *w, __m512i *sums,
                          const int rows) {
  const ptrdiff_t step = run->step, step3 = 3 * step;
  const int8_t *const *taps = run->a + line * p->taps * run->tap_stride;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, w += 16 * p->tap_byte_count) {
    const int8_t *a[4], *start = taps[tap * run->tap_stride];
    if (!start) continue;
    UNROLL for (int i = 0; i < 4; i++) a[i] = start + (row + 4 * i) * step;
    for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 8) {
      const __m512i weights = load_two_groups(w + 16 * k);
      UNROLL for (int r = 0; r < rows; r++)
        sums[r] = _mm512_dpbusd_epi32(sums[r], broadcast8(a[r / 4] + (r % 4 == 3 ? step3 : r % 4 * step)), weights);
      UNROLL for (int j = 0; j < (rows + 3) / 4; j++) a[j] += 8;
    }
  }
}

// The same where a tap is three pixels, the first of them the second of the row before: each is read once for the three rows that see it.
VNNI_INLINE void multiply_columns(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t row, const int8_t *w, __m512i *sums,
                                  const int rows) {
  const ptrdiff_t step = run->step, step3 = 3 * step, column = 16 * step;
  const int8_t *const *taps = run->a + line * p->taps * run->tap_stride;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, w += 3 * column) {
    const int8_t *a[5], *start = taps[tap * run->tap_stride];
    if (!start) continue;
    UNROLL for (int i = 0; i < 5; i++) a[i] = start + (row + 4 * i) * step;
    for (ptrdiff_t k = 0; k < step; k += 8) {
      __m512i weights[3];
      UNROLL for (int i = 0; i < 3; i++) weights[i] = load_two_groups(w + 16 * k + i * column);
      UNROLL for (int r = 0; r < rows + 2; r++) {
        __m512i x = broadcast8(a[r / 4] + (r % 4 == 3 ? step3 : r % 4 * step));
        UNROLL for (int i = 0; i < 3; i++)
          if (r >= i && r < rows + i) sums[r - i] = _mm512_dpbusd_epi32(sums[r - i], x, weights[i]);
      }
      UNROLL for (int j = 0; j < (rows + 5) / 4; j++) a[j] += 8;
    }
  }
}

// The first of the sums: with what the taps of a line give that see nothing but zero points.
VNNI static __attribute__((noinline)) void line_start(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t line, ptrdiff_t c,
                                                      __m512i *result) {
  __m512i start = _mm512_add_epi32(_mm512_loadu_si512(p->bias + c), _mm512_loadu_si512(p->notes + 4 * c));
  const __m512i zero_points = _mm512_set1_epi8((char)run->zero_point);
  const int8_t *w = p->weights + c * p->taps * p->tap_byte_count;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++, w += 16 * p->tap_byte_count) {
    if (run->a[(line * p->taps + tap) * run->tap_stride]) continue;
    for (ptrdiff_t i = 0; i < 16 * p->tap_byte_count; i += 64) start = _mm512_dpbusd_epi32(start, zero_points, _mm512_loadu_si512(w + i));
  }
  // Even lanes.
  *result = _mm512_maskz_permutexvar_epi32(0x5555, _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7), start);
}

// Those of the first eight channels, twice.
VNNI_INLINE fixed_scales load_scales_twice(const edge_requantize_s8 *s, ptrdiff_t c) {
  fixed_scales scales = load_fixed_scales(s, c);
  scales.scale = _mm512_shuffle_f32x4(scales.scale, scales.scale, 0x44);
  scales.offset = _mm512_shuffle_f32x4(scales.offset, scales.offset, 0x44);
  scales.offset_negative = _mm512_shuffle_f32x4(scales.offset_negative, scales.offset_negative, 0x44);
  scales.doubtful = _mm512_shuffle_i32x4(scales.doubtful, scales.doubtful, 0x44);
  return scales;
}

// The sums of row r, and zeros.
VNNI_INLINE __m512i sums_of(const __m512i *pairs, const int r) {
  const __m512i pair = pairs[r / 2];
  return _mm512_zextsi256_si512(r % 2 == 0 ? _mm512_castsi512_si256(pair) : _mm512_extracti64x4_epi64(pair, 1));
}

// Stores `rows` rows, an even number of them; a vector of `pairs` has the sums of two.
VNNI_INLINE void store_pairs(const edge_gemm_s8 *p, ptrdiff_t row, ptrdiff_t c, const __m512i *pairs, const fixed_scales *scales,
                             const int rows, const bool clamps) {
  const __m256i minimum = _mm256_set1_epi8((char)p->scale.minimum), maximum = _mm256_set1_epi8((char)p->scale.maximum);
  const ptrdiff_t left = p->channels - c;
  const __mmask16 mask = left >= 8 ? 0xff : (__mmask16)((1 << left) - 1);
  __m512i least = _mm512_set1_epi32(-1);
  int8_t *output = p->output + row * p->channels + c;
  UNROLL for (int i = 0; i < rows / 2; i += 2) {
    const bool both = i + 1 < rows / 2;
    __m512i v0 = requantize_fixed(pairs[i], scales, clamps, &least);
    __m512i v1 = both ? requantize_fixed(pairs[i + 1], scales, clamps, &least) : v0;
    const __m256i bytes = _mm256_min_epi8(_mm256_max_epi8(narrow_fixed(v0, v1), minimum), maximum);
    const __m128i low = _mm256_castsi256_si128(bytes), high = _mm256_extracti128_si256(bytes, 1);
    if (p->channels == 8) {
      _mm_storeu_si128((__m128i *)(void *)output, low);
      if (both) _mm_storeu_si128((__m128i *)(void *)(output + 16), high);
    } else {
      _mm_mask_storeu_epi8(output, mask, low);
      _mm_mask_storeu_epi8(output + p->channels, mask, _mm_srli_si128(low, 8));
      if (both) {
        _mm_mask_storeu_epi8(output + 2 * p->channels, mask, high);
        _mm_mask_storeu_epi8(output + 3 * p->channels, mask, _mm_srli_si128(high, 8));
      }
    }
    output += 4 * p->channels;
  }
  if (__builtin_expect(is_fixed_sure(least, scales->doubtful), true)) return;
  int32_t all[16][16];
  UNROLL for (int r = 0; r < rows; r++) _mm512_storeu_si512(all[r], sums_of(pairs, r));
  settle_doubts(p, all, rows, 1, c, p->output + row * p->channels + c);
}

VNNI_INLINE void half_of(const edge_gemm_s8 *original, const row_run *original_run, ptrdiff_t c, const int rows,
                         const bool shares_columns) {
  // Copies, which no byte that is stored can change.
  const edge_gemm_s8 copy = *original, *p = &copy;
  const row_run copied_run = *original_run, *run = &copied_run;
  const fixed_scales scales = load_scales_twice(&p->scale, c);
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  const int8_t *weights = p->weights + c * p->taps * p->tap_byte_count;
  const bool clamps = clamps_negative(p);
  const ptrdiff_t last = run->count - rows;
  for (ptrdiff_t line = 0; line < run->lines; line++) {
    const ptrdiff_t first = line * run->count;
    __m512i start;
    line_start(original, original_run, line, c, &start);
    for (ptrdiff_t row = 0;; row = row + rows < last ? row + rows : last) {
      __m512i sums[16];
      UNROLL for (int r = 0; r < rows; r++) sums[r] = start;
      if (run->row_term)
        UNROLL for (int r = 0; r < rows; r++)
          sums[r] = _mm512_mask_add_epi32(sums[r], 0x5555, sums[r], _mm512_set1_epi32(run->row_term[first + row + r]));
      if (shares_columns) {
        multiply_columns(p, run, line, row, weights, sums, rows);
      } else {
        multiply(p, run, line, row, weights, sums, rows);
      }
      __m512i pairs[8];
      UNROLL for (int i = 0; i < rows / 2; i++)
        pairs[i] = _mm512_add_epi32(_mm512_permutex2var_epi32(sums[2 * i], even, sums[2 * i + 1]),
                                    _mm512_permutex2var_epi32(sums[2 * i], odd, sums[2 * i + 1]));
      if (p->accumulators) {
        UNROLL for (int r = 0; r < rows; r++) sums[r] = sums_of(pairs, r);
        store_sums(p, run->first + first + row, c, sums, rows, 1);
      } else if (clamps) {
        store_pairs(original, run->first + first + row, c, pairs, &scales, rows, true);
      } else {
        store_pairs(original, run->first + first + row, c, pairs, &scales, rows, false);
      }
      if (row == last) break;
    }
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define HALF(name, rows, shares_columns) \
  VNNI static __attribute__((noinline)) void name(const edge_gemm_s8 *p, const row_run *run, ptrdiff_t c) { \
    half_of(p, run, c, rows, shares_columns); \
  }
HALF(half_of_8, 8, false)
HALF(half_of_14, 14, false)
HALF(half_of_16, 16, false)
HALF(half_of_16_columns, 16, true)

edge_gemm_half edge_gemm_half_avx512vnni(const edge_gemm_s8 *p, const row_run *run) {
  const ptrdiff_t count = run->count;
  if ((p->channels - 1) % 16 >= 8 || count < 8 || p->tap_byte_count % 8 != 0) return NULL;
  if (count % 16 == 0) return p->tap_byte_count == 3 * run->step && run->step % 8 == 0 ? half_of_16_columns : half_of_16;
  return count % 14 == 0 ? half_of_14 : count >= 16 ? half_of_16 : half_of_8;
}
#endif
