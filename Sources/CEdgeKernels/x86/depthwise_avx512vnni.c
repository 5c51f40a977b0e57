#if defined(__x86_64__)
#include "depthwise_avx512vnni.h"

// Sixteen channels at a time, or what is left of them.
typedef struct {
  // For the upper and for the lower of two output rows that share four input rows.
  __m512i taps[2][3];
  // What is to be added to weights that do not fit into eight bits when their zero point is taken off.
  __m512i rest[2][3];
  // Bias, and what the zero points come to when every tap is inside the image.
  __m512i start;
  fixed_scales scales;
} weights16;

enum { GROUP = 4 };

// A column of the three input rows under an output row, or of the four under two.
VNNI_INLINE __m512i column(const image_rows *image, ptrdiff_t x, const int rows, __mmask16 mask, const bool is_whole) {
  __m512i v[4];
  UNROLL for (int i = 0; i < rows + 2; i++) {
    const int8_t *at = pixel_at(image, i, x);
    v[i] = _mm512_cvtepu8_epi32(is_whole ? _mm_loadu_si128((const __m128i *)at) : _mm_maskz_loadu_epi8(mask, at));
  }
  const __m512i flip = _mm512_set1_epi32(rows == 1 ? 0x808080 : (int)0x80808080);
  __m512i all = _mm512_ternarylogic_epi32(v[0], _mm512_slli_epi32(v[1], 8), flip, 0x96);
  if (rows == 1) return _mm512_xor_si512(all, _mm512_slli_epi32(v[2], 16));
  return _mm512_ternarylogic_epi32(all, _mm512_slli_epi32(v[2], 16), _mm512_slli_epi32(v[3], 24), 0x96);
}

// With pixels u = x + 128 and their zero point z: sum (u - z)(w - wz) = sum u (w - wz) - z sum (w - wz).
// Returns whether something is left of the weights when their zero point is taken off and they are cut to eight bits.
VNNI_INLINE bool load_weights16(const edge_depthwise_s8 *p, ptrdiff_t c, weights16 *w) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sum = _mm512_setzero_si512(), any = sum;
  UNROLL for (int kx = 0; kx < 3; kx++) {
    __m512i near = _mm512_setzero_si512(), rest = near;
    UNROLL for (int ky = 0; ky < 3; ky++) {
      __m512i n, r;
      split_weights(_mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(p->weights + c * 9 + (3 * ky + kx) * 16))),
                    p->weight_zero_point, &n, &r);
      near = _mm512_or_si512(near, _mm512_slli_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(n)), 8 * ky));
      rest = _mm512_or_si512(rest, _mm512_slli_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(r)), 8 * ky));
    }
    any = _mm512_or_si512(any, rest);
    sum = _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(sum, ones, near), ones, rest);
    w->taps[0][kx] = near;
    w->taps[1][kx] = _mm512_slli_epi32(near, 8);
    w->rest[0][kx] = rest;
    w->rest[1][kx] = _mm512_slli_epi32(rest, 8);
  }
  w->start = _mm512_sub_epi32(_mm512_loadu_si512(p->bias + c), _mm512_mullo_epi32(sum, _mm512_set1_epi32(p->input_zero_point + 128)));
  w->scales = load_fixed_scales(&p->scale, c);
  return _mm512_test_epi32_mask(any, any) != 0;
}

// The integers of four pixels in 8 bits, saturated, one pixel's after the other's.
VNNI_INLINE __m512i narrow_pixels(const __m512i v[GROUP]) {
  const __m512i upper = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19, 17,
                                         15, 13, 11, 9, 7, 5, 3, 1);
  __m512i halves = _mm512_packs_epi16(_mm512_permutex2var_epi16(v[0], upper, v[1]), _mm512_permutex2var_epi16(v[2], upper, v[3]));
  return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), halves);
}

// Stores `count` pixels.
VNNI_INLINE void store_group(int8_t *output, ptrdiff_t channels, ptrdiff_t count, __mmask16 mask, const bool is_whole, __m512i bytes) {
  __m128i pixels[GROUP] = {_mm512_castsi512_si128(bytes), _mm512_extracti32x4_epi32(bytes, 1), _mm512_extracti32x4_epi32(bytes, 2),
                           _mm512_extracti32x4_epi32(bytes, 3)};
  UNROLL for (int i = 0; i < GROUP; i++) {
    if (i > 0 && i >= count) break;
    if (is_whole) {
      _mm_storeu_si128((__m128i *)output, pixels[i]);
    } else {
      _mm_mask_storeu_epi8(output, mask, pixels[i]);
    }
    output += channels;
  }
}

VNNI_INLINE __m512i sum_of(const weights16 *w, const __m512i *x, int row, const bool is_split) {
  __m512i v = w->start;
  UNROLL for (int kx = 0; kx < 3; kx++) v = _mm512_dpbusd_epi32(v, x[kx], w->taps[row][kx]);
  if (is_split) UNROLL for (int kx = 0; kx < 3; kx++) v = _mm512_dpbusd_epi32(v, x[kx], w->rest[row][kx]);
  return v;
}

// One or two rows of one block of channels, a group of output columns at a time.
VNNI_INLINE void rows16(const edge_depthwise_s8 *p, const image_rows *original, const weights16 *w, ptrdiff_t c, __mmask16 mask,
                        const int stride, const int rows, const bool is_split, const bool clamps_negative, const bool is_whole,
                        int8_t *output) {
  // Copies, which no byte that is stored can change.
  const image_rows copy = *original, *image = &copy;
  const byte_range range = byte_range_of(&p->scale);
  const ptrdiff_t channels = p->channels, row_byte_count = p->output_width * channels;
  // Columns that neighbouring groups share.
  const int shared = 3 - stride;
  __m512i x[2 * GROUP + 1];
  ptrdiff_t next = -p->padding_left;
  UNROLL for (int i = 0; i < shared; i++) x[i] = column(image, next++, rows, mask, is_whole);
  for (ptrdiff_t left = p->output_width; left > 0; left -= GROUP, output += GROUP * channels) {
    UNROLL for (int i = shared; i < GROUP * stride + shared; i++) x[i] = column(image, next++, rows, mask, is_whole);
    __m512i least = _mm512_set1_epi32(-1);
    UNROLL for (int row = 0; row < rows; row++) {
      __m512i v[GROUP];
      UNROLL for (int i = 0; i < GROUP; i++)
        v[i] = requantize_fixed(sum_of(w, x + i * stride, row, is_split), &w->scales, clamps_negative, &least);
      store_group(output + row * row_byte_count, channels, left, mask, is_whole, clamp_bytes(narrow_pixels(v), &range));
    }
    if (__builtin_expect(!is_fixed_sure(least, w->scales.doubtful), false)) {
      for (int row = 0; row < rows; row++) {
        int32_t sums[GROUP][16];
        UNROLL for (int i = 0; i < GROUP; i++) _mm512_storeu_si512(sums[i], sum_of(w, x + i * stride, row, is_split));
        requantize_exactly(sums, GROUP, &p->scale, c);
        __m512i bytes = narrow4(_mm512_loadu_si512(sums[0]), _mm512_loadu_si512(sums[1]), _mm512_loadu_si512(sums[2]),
                                _mm512_loadu_si512(sums[3]), range.minimum, range.maximum);
        store_group(output + row * row_byte_count, channels, left, mask, is_whole, bytes);
      }
    }
    UNROLL for (int i = 0; i < shared; i++) x[i] = x[GROUP * stride + i];
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define ROWS16(name, stride, rows, is_split) \
  VNNI static __attribute__((noinline)) void name(const edge_depthwise_s8 *p, const image_rows *image, const weights16 *w, ptrdiff_t c, \
                                                  int8_t *output) { \
    const ptrdiff_t left = p->channels - c; \
    if (left < 16) { \
      rows16(p, image, w, c, (__mmask16)((1 << left) - 1), stride, rows, is_split, false, false, output); \
    } else if (p->scale.minimum >= p->scale.zero_point) { \
      rows16(p, image, w, c, 0xffff, stride, rows, is_split, true, true, output); \
    } else { \
      rows16(p, image, w, c, 0xffff, stride, rows, is_split, false, true, output); \
    } \
  }

ROWS16(one_row, 1, 1, false)
ROWS16(one_row_split, 1, 1, true)
ROWS16(two_rows, 1, 2, false)
ROWS16(two_rows_split, 1, 2, true)
ROWS16(one_row_of_stride_2, 2, 1, false)
ROWS16(one_row_of_stride_2_split, 2, 1, true)

typedef void rows_function(const edge_depthwise_s8 *p, const image_rows *image, const weights16 *w, ptrdiff_t c, int8_t *output);

// Sixteen channels from c on, or what is left of them.
VNNI static void depthwise_block16(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output) {
  static rows_function *const functions[2][2][2] = {
    {{one_row, one_row_split}, {two_rows, two_rows_split}}, {{one_row_of_stride_2, one_row_of_stride_2_split}}};
  weights16 w;
  const bool is_split = load_weights16(p, c, &w);
  int8_t outside[16];
  memset(outside, (int8_t)p->input_zero_point, sizeof outside);
  for (ptrdiff_t r = row_begin; r < row_end;) {
    const bool is_pair = p->stride_width == 1 && r + 1 < row_end && sees_next_rows(p, r);
    const image_rows image = rows_under(p, r, is_pair, c, outside);
    functions[p->stride_width - 1][is_pair][is_split](p, &image, &w, c, output + r * p->output_width * p->channels + c);
    r += 1 + is_pair;
  }
}

// Weights less their zero point that need nine bits and a sign.
VNNI static bool has_far_weights(const edge_depthwise_s8 *p) {
  if (p->weight_zero_point != -128) return false;
  __mmask16 far = 0;
  for (ptrdiff_t i = 0; i < (p->channels + 15) / 16 * 9; i++)
    far |= _mm_cmpeq_epi8_mask(_mm_loadu_si128((const __m128i *)(p->weights + 16 * i)), _mm_set1_epi8(127));
  return far != 0;
}

VNNI static void rows_with_far_weights(const edge_depthwise_s8 *p, int8_t *output) {
  edge_depthwise_s8 one = *p;
  one.rows = 1;
  for (ptrdiff_t r = 0; r < p->rows; r++, one.input_rows += 3, output += p->output_width * p->channels) {
    one.tap_row_begin = 0;
    one.tap_row_end = 3;
    while (one.tap_row_begin < 3 && !one.input_rows[one.tap_row_begin]) one.tap_row_begin++;
    while (one.tap_row_begin < one.tap_row_end && !one.input_rows[one.tap_row_end - 1]) one.tap_row_end--;
    edge_depthwise_s8_16_avx2(&one, output);
  }
}

VNNI EDGE_DEPTHWISE_S8(edge_depthwise_s8_3x3_avx512vnni) {
  if (has_far_weights(p)) {
    rows_with_far_weights(p, output);
    return;
  }
  ptrdiff_t c = 0;
  if (p->stride_width == 1 && p->channels == 8) {
    edge_depthwise_block64(p, 0, 0, p->rows, output);
    return;
  }
  // Rows change fastest: sixty-four channels of a pixel are a cache line that no other block of channels comes back to.
  for (; c + 64 <= p->channels; c += 64) edge_depthwise_block64(p, c, 0, p->rows, output);
  for (; c < p->channels; c += 16) depthwise_block16(p, c, 0, p->rows, output);
}
#endif
