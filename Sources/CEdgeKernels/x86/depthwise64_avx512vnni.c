#if defined(__x86_64__)
#include "depthwise_avx512vnni.h"

// Sixty-four channels at a time; or, where an image has eight and the stride is 1, eight neighbouring pixels. Interleaving works within
// 128-bit lanes, so vector j of a column holds bytes 4j...4j+3 of each group of sixteen; weights and scales are put in the same order, and
// narrowing undoes it.
enum { PARTS = 4 };

typedef struct {
  __m512i taps[3][PARTS];
  __m512i start[PARTS];
  __m512i negated_zero_point;
  scales_avx512 scales[PARTS];
  // In the order of the parts.
  int32_t multiplier[64], shift[64];
  edge_requantize_s8 requantize;
} weights64;

VNNI_INLINE void interleave64(__m512i top, __m512i middle, __m512i bottom, __m512i column[PARTS]) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i low = _mm512_unpacklo_epi8(top, middle), high = _mm512_unpackhi_epi8(top, middle);
  __m512i low_last = _mm512_unpacklo_epi8(bottom, zero), high_last = _mm512_unpackhi_epi8(bottom, zero);
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

VNNI_INLINE void load_column(const image_rows *image, ptrdiff_t x, const int pixels, const bool has_zero_point, __m512i column[PARTS],
                             __m512i sums[PARTS]) {
  const __m512i flip = _mm512_set1_epi8((char)0x80);
  __m512i v[3];
  UNROLL for (int i = 0; i < 3; i++) v[i] = _mm512_xor_si512(load_pixels(image, i, x, pixels), flip);
  interleave64(v[0], v[1], v[2], column);
  if (!has_zero_point) return;
  UNROLL for (int j = 0; j < PARTS; j++) sums[j] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), column[j], _mm512_set1_epi8(1));
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

VNNI_INLINE void load_weights64(const edge_depthwise_s8 *p, ptrdiff_t c, const int pixels, weights64 *w) {
  const __m512i ones = _mm512_set1_epi8(1);
  const int8_t *taps = p->weights + c * 9;
  UNROLL for (int kx = 0; kx < 3; kx++)
    interleave64(tap_weights(taps + 16 * kx, pixels), tap_weights(taps + 16 * (kx + 3), pixels),
                 tap_weights(taps + 16 * (kx + 6), pixels), w->taps[kx]);
  w->requantize = p->scale;
  w->requantize.multiplier = w->multiplier;
  w->requantize.shift = w->shift;
  UNROLL for (int j = 0; j < PARTS; j++) {
    _mm512_storeu_si512(w->multiplier + 16 * j, part_constants(p->scale.multiplier + c, j, pixels));
    _mm512_storeu_si512(w->shift + 16 * j, part_constants(p->scale.shift + c, j, pixels));
    w->scales[j] = load_scales_avx512(&w->requantize, 16 * j);
    __m512i sum = _mm512_set1_epi32(-9 * p->weight_zero_point);
    UNROLL for (int kx = 0; kx < 3; kx++) sum = _mm512_dpbusd_epi32(sum, ones, w->taps[kx][j]);
    __m512i zero_points = _mm512_mullo_epi32(sum, _mm512_set1_epi32(p->input_zero_point + 128));
    w->start[j] = _mm512_sub_epi32(part_constants(p->bias + c, j, pixels), zero_points);
  }
  w->negated_zero_point = _mm512_set1_epi32(-p->weight_zero_point & 0xffff);
}

VNNI_INLINE void row64(const edge_depthwise_s8 *p, const image_rows *image, const weights64 *w, const int stride,
                       const int pixels, const bool has_zero_point, const bool clamps_negative, const bool is_right, int8_t *output) {
  const __m512i minimum = _mm512_set1_epi8((char)p->scale.minimum), maximum = _mm512_set1_epi8((char)p->scale.maximum);
  const ptrdiff_t channels = p->channels;
  // A window's columns that the next window sees again.
  const int kept = 3 - stride * pixels > 0 ? 3 - stride * pixels : 0;
  __m512i x[3][PARTS], sums[3][PARTS];
  ptrdiff_t first = -p->padding_left;
  UNROLL for (int i = 0; i < kept; i++)
    load_column(image, first + i, pixels, has_zero_point, x[i + 3 - kept], sums[i + 3 - kept]);
  for (ptrdiff_t left = p->output_width; left > 0; left -= pixels, first += stride * pixels, output += pixels * channels) {
    UNROLL for (int i = 0; i < kept; i++)
      UNROLL for (int j = 0; j < PARTS; j++) x[i][j] = x[i + 3 - kept][j], sums[i][j] = sums[i + 3 - kept][j];
    UNROLL for (int i = kept; i < 3; i++) load_column(image, first + i, pixels, has_zero_point, x[i], sums[i]);
    __m512i v[PARTS], result[PARTS];
    __m512i doubts = _mm512_setzero_si512();
    UNROLL for (int j = 0; j < PARTS; j++) {
      v[j] = _mm512_dpbusd_epi32(w->start[j], x[0][j], w->taps[0][j]);
      v[j] = _mm512_dpbusd_epi32(v[j], x[1][j], w->taps[1][j]);
      v[j] = _mm512_dpbusd_epi32(v[j], x[2][j], w->taps[2][j]);
      if (has_zero_point) {
        __m512i sum = _mm512_add_epi32(_mm512_add_epi32(sums[0][j], sums[1][j]), sums[2][j]);
        v[j] = _mm512_dpwssd_epi32(v[j], sum, w->negated_zero_point);
      }
      result[j] = requantize_fast(v[j], &w->scales[j], clamps_negative, &doubts);
    }
    if (__builtin_expect(!(is_right && is_sure(doubts)), false)) {
      int32_t all[PARTS][16];
      UNROLL for (int j = 0; j < PARTS; j++) _mm512_storeu_si512(all[j], v[j]);
      for (int j = 0; j < PARTS; j++) requantize_exactly(all + j, 1, &w->requantize, 16 * j);
      UNROLL for (int j = 0; j < PARTS; j++) result[j] = _mm512_loadu_si512(all[j]);
    }
    __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(result[0], result[1]), _mm512_packs_epi32(result[2], result[3]));
    bytes = _mm512_min_epi8(_mm512_max_epi8(bytes, minimum), maximum);
    if (left >= pixels) {
      _mm512_storeu_si512(output, bytes);
    } else {
      _mm512_mask_storeu_epi8(output, ~0ull >> (64 - left * (64 / pixels)), bytes);
    }
  }
}

VNNI_INLINE void rows_of_block64(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, const int stride,
                                 const int pixels, const bool has_zero_point, int8_t *output) {
  weights64 w;
  load_weights64(p, c, pixels, &w);
  int8_t outside[64];
  memset(outside, (int8_t)p->input_zero_point, sizeof outside);
  const bool is_right = w.scales[0].is_right && w.scales[1].is_right && w.scales[2].is_right && w.scales[3].is_right;
  for (ptrdiff_t r = row_begin; r < row_end; r++) {
    const image_rows image = rows_under(p, r, c, outside);
    int8_t *at = output + r * p->output_width * p->channels + c;
    if (w.scales[0].clamps_negative) {
      row64(p, &image, &w, stride, pixels, has_zero_point, true, is_right, at);
    } else {
      row64(p, &image, &w, stride, pixels, has_zero_point, false, is_right, at);
    }
  }
}

// Functions of their own: without optimisation, one function would need stack for all of them.
#define BLOCK(name, stride, pixels, has_zero_point) \
  VNNI static __attribute__((noinline)) void name(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, \
                                                  int8_t *output) { \
    rows_of_block64(p, c, row_begin, row_end, stride, pixels, has_zero_point, output); \
  }

BLOCK(s1, 1, 1, false)
BLOCK(s1_zero_point, 1, 1, true)
BLOCK(s2, 2, 1, false)
BLOCK(s2_zero_point, 2, 1, true)
BLOCK(s1_pixels8, 1, 8, false)
BLOCK(s1_pixels8_zero_point, 1, 8, true)

typedef void block(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output);

void edge_depthwise_block64(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t row_begin, ptrdiff_t row_end, int8_t *output) {
  const bool has_zero_point = p->weight_zero_point != 0;
  block *run;
  if (p->channels == 8) {
    run = has_zero_point ? s1_pixels8_zero_point : s1_pixels8;
  } else if (p->stride_width == 1) {
    run = has_zero_point ? s1_zero_point : s1;
  } else {
    run = has_zero_point ? s2_zero_point : s2;
  }
  run(p, c, row_begin, row_end, output);
}
#endif
