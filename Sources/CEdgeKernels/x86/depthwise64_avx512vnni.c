#if defined(__x86_64__)
#include "depthwise_avx512vnni.h"

// Sixty-four channels at a time; or, where an image has eight and the stride is 1, eight neighbouring pixels. Interleaving works within
// 128-bit lanes, so vector j of a column holds bytes 4j...4j+3 of each group of sixteen; weights and scales are put in the same order, and
// narrowing undoes it.
enum { PARTS = 4 };

typedef struct {
  // For the upper and for the lower of two output rows that share four input rows.
  __m512i taps[2][3][PARTS];
  // What is to be added to weights that do not fit into eight bits when their zero point is taken off.
  __m512i rest[2][3][PARTS];
  __m512i start[PARTS];
  fixed_scales scales[PARTS];
  __m512i doubtful;
  // In the order of the parts.
  int32_t multiplier[64], shift[64];
  edge_requantize_s8 requantize;
} weights64;

VNNI_INLINE void interleave64(const __m512i rows[4], __m512i column[PARTS]) {
  __m512i low = _mm512_unpacklo_epi8(rows[0], rows[1]), high = _mm512_unpackhi_epi8(rows[0], rows[1]);
  __m512i low_last = _mm512_unpacklo_epi8(rows[2], rows[3]), high_last = _mm512_unpackhi_epi8(rows[2], rows[3]);
  column[0] = _mm512_unpacklo_epi16(low, low_last);
  column[1] = _mm512_unpackhi_epi16(low, low_last);
  column[2] = _mm512_unpacklo_epi16(high, high_last);
  column[3] = _mm512_unpackhi_epi16(high, high_last);
}

// `pixels` pixels from column x on, as far as they lie inside the image; `outside` stands for the others.
VNNI_INLINE __m512i load_pixels(const image_rows *image, int row, ptrdiff_t x, const int pixels) {
  if (pixels == 1) return _mm512_loadu_si512(pixel_at(image, row, x));
  const int channels = 64 / pixels;
  if (image->steps[row] == 0) return _mm512_loadu_si512(image->outside);
  const int8_t *at = image->rows[row] + x * channels;
  if (x >= 0 && x + pixels <= image->width) return _mm512_loadu_si512(at);
  ptrdiff_t begin = x < 0 ? -x : 0, end = image->width - x < pixels ? image->width - x : pixels;
  if (begin >= end) return _mm512_loadu_si512(image->outside);
  __mmask64 mask = ~0ull >> (64 - (end - begin) * channels) << begin * channels;
  return _mm512_mask_loadu_epi8(_mm512_loadu_si512(image->outside), mask, at);
}

// A column of the three input rows under an output row, or of the four under two.
VNNI_INLINE void load_column(const image_rows *image, ptrdiff_t x, const int rows, const int pixels, __m512i column[PARTS]) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  __m512i v[4] = {[3] = _mm512_setzero_si512()};
  UNROLL for (int i = 0; i < rows + 2; i++) v[i] = _mm512_xor_si512(load_pixels(image, i, x, pixels), flip);
  interleave64(v, column);
}

VNNI_INLINE __m512i join(const __m128i runs[4]) {
  __m512i all = _mm512_inserti32x4(_mm512_castsi128_si512(runs[0]), runs[1], 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(all, runs[2], 2), runs[3], 3);
}

// One tap's weights of 64 bytes of pixels, from [channels / 16][9][16].
VNNI_INLINE __m512i tap_weights(const int8_t *tap, const int pixels) {
  __m128i runs[4];
  UNROLL for (int i = 0; i < 4; i++) {
    runs[i] = pixels == 8 ? _mm_set1_epi64x(*(const long long *)(const void *)tap)
                          : _mm_loadu_si128((const __m128i *)(tap + 16 * i % (64 / pixels) * 9));
  }
  return join(runs);
}

// The constants of part j, from one for each channel.
VNNI_INLINE __m512i part_constants(const int32_t *constants, int j, const int pixels) {
  __m128i runs[4];
  UNROLL for (int i = 0; i < 4; i++) runs[i] = _mm_loadu_si128((const __m128i *)(constants + (16 * i + 4 * j) % (64 / pixels)));
  return join(runs);
}

// With pixels u = x + 128 and their zero point z: sum (u - z)(w - wz) = sum u (w - wz) - z sum (w - wz)
// Whether something is left of the weights when their zero point is taken off and they are cut to eight bits.
VNNI_INLINE bool load_weights64(const edge_depthwise_s8 *p, ptrdiff_t c, const int pixels, weights64 *w) {
  const __m512i ones = _mm512_set1_epi8(1);
  const int8_t *taps = p->weights + c * 9;
  __m512i any = _mm512_setzero_si512();
  UNROLL for (int kx = 0; kx < 3; kx++) {
    __m512i near[4] = {[3] = _mm512_setzero_si512()}, rest[4] = {[3] = _mm512_setzero_si512()};
    UNROLL for (int ky = 0; ky < 3; ky++) {
      split_weights(tap_weights(taps + 16 * (kx + 3 * ky), pixels), p->weight_zero_point, &near[ky], &rest[ky]);
      any = _mm512_or_si512(any, rest[ky]);
    }
    interleave64(near, w->taps[0][kx]);
    interleave64(rest, w->rest[0][kx]);
    UNROLL for (int j = 0; j < PARTS; j++) {
      w->taps[1][kx][j] = _mm512_slli_epi32(w->taps[0][kx][j], 8);
      w->rest[1][kx][j] = _mm512_slli_epi32(w->rest[0][kx][j], 8);
    }
  }
  w->requantize = p->scale;
  w->requantize.multiplier = w->multiplier;
  w->requantize.shift = w->shift;
  w->doubtful = _mm512_setzero_si512();
  UNROLL for (int j = 0; j < PARTS; j++) {
    _mm512_storeu_si512(w->multiplier + 16 * j, part_constants(p->scale.multiplier + c, j, pixels));
    _mm512_storeu_si512(w->shift + 16 * j, part_constants(p->scale.shift + c, j, pixels));
    w->scales[j] = load_fixed_scales(&w->requantize, 16 * j);
    w->doubtful = _mm512_max_epi32(w->doubtful, w->scales[j].doubtful);
    __m512i sum = _mm512_setzero_si512();
    UNROLL for (int kx = 0; kx < 3; kx++)
      sum = _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(sum, ones, w->taps[0][kx][j]), ones, w->rest[0][kx][j]);
    __m512i zero_points = _mm512_mullo_epi32(sum, _mm512_set1_epi32(p->input_zero_point + 128));
    w->start[j] = _mm512_sub_epi32(part_constants(p->bias + c, j, pixels), zero_points);
  }
  return _mm512_test_epi8_mask(any, any) != 0;
}

VNNI_INLINE __m512i sums_of(const weights64 *w, __m512i x[3][PARTS], int row, int j, const bool is_split) {
  __m512i v = w->start[j];
  UNROLL for (int kx = 0; kx < 3; kx++) v = _mm512_dpbusd_epi32(v, x[kx][j], w->taps[row][kx][j]);
  if (is_split) UNROLL for (int kx = 0; kx < 3; kx++) v = _mm512_dpbusd_epi32(v, x[kx][j], w->rest[row][kx][j]);
  return v;
}

// The integers of four parts in 8 bits, saturated, in the order of the channels.
VNNI_INLINE __m512i narrow64(const __m512i v[PARTS]) {
  const __m512i upper = _mm512_set_epi16(
    63, 61, 59, 57, 31, 29, 27, 25, 55, 53, 51, 49, 23, 21, 19, 17, 47, 45, 43, 41, 15, 13, 11, 9, 39, 37, 35, 33, 7, 5, 3, 1);
  return _mm512_packs_epi16(_mm512_permutex2var_epi16(v[0], upper, v[1]), _mm512_permutex2var_epi16(v[2], upper, v[3]));
}

VNNI_INLINE void store_pixels(const byte_range *range, int8_t *output, __mmask64 mask, __m512i bytes) {
  _mm512_mask_storeu_epi8(output, mask, clamp_bytes(bytes, range));
}

VNNI static __attribute__((noinline)) void store_exactly(const weights64 *w, int32_t sums[PARTS][16], __mmask64 mask, int8_t *output) {
  __m512i v[PARTS];
  for (int j = 0; j < PARTS; j++) {
    requantize_exactly(sums + j, 1, &w->requantize, 16 * j);
    v[j] = _mm512_loadu_si512(sums[j]);
  }
  const byte_range range = byte_range_of(&w->requantize);
  store_pixels(&range, output, mask, _mm512_packs_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3])));
}

// `rows` output rows, `row_byte_count` apart.
VNNI_INLINE void rows64(const edge_depthwise_s8 *p, const image_rows *original, const weights64 *w, const int stride, const int rows,
                        const int pixels, const bool is_split, const bool clamps_negative, int8_t *output) {
  // Copies, which no byte that is stored can change.
  const image_rows copy = *original, *image = &copy;
  const byte_range range = byte_range_of(&p->scale);
  const ptrdiff_t channels = p->channels, row_byte_count = p->output_width * channels;
  // A window's columns that the next window sees again.
  const int kept = 3 - stride * pixels > 0 ? 3 - stride * pixels : 0;
  __m512i x[3][PARTS];
  ptrdiff_t first = -p->padding_left;
  UNROLL for (int i = 0; i < kept; i++) load_column(image, first + i, rows, pixels, x[i + 3 - kept]);
  for (ptrdiff_t left = p->output_width; left > 0; left -= pixels, first += stride * pixels, output += pixels * channels) {
    const __mmask64 mask = left >= pixels ? ~0ull : ~0ull >> (64 - left * (64 / pixels));
    UNROLL for (int i = 0; i < kept; i++)
      UNROLL for (int j = 0; j < PARTS; j++) x[i][j] = x[i + 3 - kept][j];
    UNROLL for (int i = kept; i < 3; i++) load_column(image, first + i, rows, pixels, x[i]);
    __m512i least = _mm512_set1_epi32(-1);
    UNROLL for (int row = 0; row < rows; row++) {
      __m512i v[PARTS];
      UNROLL for (int j = 0; j < PARTS; j++)
        v[j] = requantize_fixed(sums_of(w, x, row, j, is_split), &w->scales[j], clamps_negative, &least);
      store_pixels(&range, output + row * row_byte_count, mask, narrow64(v));
    }
    if (__builtin_expect(is_fixed_sure(least, w->doubtful), true)) continue;
    for (int row = 0; row < rows; row++) {
      int32_t sums[PARTS][16];
      UNROLL for (int j = 0; j < PARTS; j++) _mm512_storeu_si512(sums[j], sums_of(w, x, row, j, is_split));
      store_exactly(w, sums, mask, output + row * row_byte_count);
    }
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define ROWS64(name, stride, rows, pixels, is_split) \
  VNNI static __attribute__((noinline)) void name(const edge_depthwise_s8 *p, const image_rows *image, const weights64 *w, \
                                                  int8_t *output) { \
    if (p->scale.minimum >= p->scale.zero_point) { \
      rows64(p, image, w, stride, rows, pixels, is_split, true, output); \
    } else { \
      rows64(p, image, w, stride, rows, pixels, is_split, false, output); \
    } \
  }

ROWS64(one_row, 1, 1, 1, false)
ROWS64(one_row_split, 1, 1, 1, true)
ROWS64(two_rows, 1, 2, 1, false)
ROWS64(two_rows_split, 1, 2, 1, true)
ROWS64(one_row_of_stride_2, 2, 1, 1, false)
ROWS64(one_row_of_stride_2_split, 2, 1, 1, true)
ROWS64(one_row_of_pixels, 1, 1, 8, false)
ROWS64(one_row_of_pixels_split, 1, 1, 8, true)
ROWS64(two_rows_of_pixels, 1, 2, 8, false)
ROWS64(two_rows_of_pixels_split, 1, 2, 8, true)

typedef void rows_function(const edge_depthwise_s8 *p, const image_rows *image, const weights64 *w, int8_t *output);

VNNI static __attribute__((noinline)) bool load_channels(const edge_depthwise_s8 *p, ptrdiff_t c, weights64 *w) {
  return load_weights64(p, c, 1, w);
}

VNNI static __attribute__((noinline)) bool load_pixel_channels(const edge_depthwise_s8 *p, weights64 *w) {
  return load_weights64(p, 0, 8, w);
}

VNNI void edge_depthwise_block64(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output) {
  static rows_function *const functions[3][2][2] = {
    {{one_row, one_row_split}, {two_rows, two_rows_split}},
    {{one_row_of_stride_2, one_row_of_stride_2_split}},
    {{one_row_of_pixels, one_row_of_pixels_split}, {two_rows_of_pixels, two_rows_of_pixels_split}},
  };
  weights64 w;
  const int kind = p->channels == 8 ? 2 : p->stride_width == 1 ? 0 : 1;
  const bool is_split = kind == 2 ? load_pixel_channels(p, &w) : load_channels(p, c, &w);
  int8_t outside[64];
  memset(outside, (int8_t)p->input_zero_point, sizeof outside);
  for (ptrdiff_t r = row_begin; r < row_end;) {
    const bool is_pair = kind != 1 && r + 1 < row_end && sees_next_rows(p, r);
    const image_rows image = rows_under(p, r, is_pair, c, outside);
    functions[kind][is_pair][is_split](p, &image, &w, output + r * p->output_width * p->channels + c);
    r += 1 + is_pair;
  }
}
#endif
