#if defined(__x86_64__)
#include "avx2.h"

// Sixteen channels over one output row: weights are widened once, and two taps at a time make 16-bit pairs for one
// multiply-add. A pair's missing or skipped tap is zero.
AVX2 static void depthwise_block(const edge_depthwise_s8 *p, int8_t *output, ptrdiff_t c) {
  const __m256i input_zero = _mm256_set1_epi16((short)p->input_zero_point);
  const __m256i weight_zero = _mm256_set1_epi16((short)p->weight_zero_point);
  const int8_t *w = p->weights + c * p->kernel_height * p->kernel_width;
  const __m256i bias_low = _mm256_loadu_si256((const __m256i *)(p->bias + c));
  const __m256i bias_high = _mm256_loadu_si256((const __m256i *)(p->bias + c + 8));
  scale16 scale = load_scale(&p->scale, c);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels + c;
    // Lanes of `first` are channels 0-3 and 8-11, of `second` 4-7 and 12-15.
    __m256i first = _mm256_permute2x128_si256(bias_low, bias_high, 0x20);
    __m256i second = _mm256_permute2x128_si256(bias_low, bias_high, 0x31);
    for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
      const int8_t *row = p->input_rows[ky] + x;
      const int8_t *weights = w + ky * p->kernel_width * 16;
      for (ptrdiff_t kx = begin; kx < end; kx += 2) {
        const int8_t *at = row + kx * p->dilation_width * p->channels;
        __m256i x0 = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)at)), input_zero);
        __m256i w0 = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(weights + kx * 16)));
        w0 = _mm256_sub_epi16(w0, weight_zero);
        __m256i x1 = _mm256_setzero_si256(), w1 = _mm256_setzero_si256();
        if (kx + 1 < end) {
          at += p->dilation_width * p->channels;
          x1 = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)at)), input_zero);
          w1 = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(weights + kx * 16 + 16)));
          w1 = _mm256_sub_epi16(w1, weight_zero);
        }
        __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(x0, x1), _mm256_unpacklo_epi16(w0, w1));
        __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(x0, x1), _mm256_unpackhi_epi16(w0, w1));
        first = _mm256_add_epi32(first, low);
        second = _mm256_add_epi32(second, high);
      }
    }
    __m256i low = _mm256_permute2x128_si256(first, second, 0x20);
    __m256i high = _mm256_permute2x128_si256(first, second, 0x31);
    finish(low, high, &scale, output + ox * p->channels + c, 16);
  }
}

// The same for eight.
AVX2 static void depthwise_half(const edge_depthwise_s8 *p, int8_t *output, ptrdiff_t c) {
  const __m128i input_zero = _mm_set1_epi16((short)p->input_zero_point);
  const __m128i weight_zero = _mm_set1_epi16((short)p->weight_zero_point);
  const int8_t *w = p->weights + c / 16 * 16 * p->kernel_height * p->kernel_width + c % 16;
  const __m256i bias = _mm256_loadu_si256((const __m256i *)(p->bias + c));
  const bool is_right = _mm256_movemask_ps(_mm256_castsi256_ps(is_right8(&p->scale, c))) == 0xff;
  const bool clamps_negative = p->scale.minimum >= p->scale.zero_point;
  const fixed8 scale = load_fixed8(&p->scale, c);
  const __m128i minimum = _mm_set1_epi8((char)p->scale.minimum), maximum = _mm_set1_epi8((char)p->scale.maximum);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels + c;
    __m256i sum = bias;
    for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
      const int8_t *row = p->input_rows[ky] + x;
      const int8_t *weights = w + ky * p->kernel_width * 16;
      for (ptrdiff_t kx = begin; kx < end; kx += 2) {
        const int8_t *at = row + kx * p->dilation_width * p->channels;
        __m128i x0 = _mm_sub_epi16(_mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)at)), input_zero);
        __m128i w0 = _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(weights + kx * 16)));
        w0 = _mm_sub_epi16(w0, weight_zero);
        __m128i x1 = _mm_setzero_si128(), w1 = _mm_setzero_si128();
        if (kx + 1 < end) {
          at += p->dilation_width * p->channels;
          x1 = _mm_sub_epi16(_mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)at)), input_zero);
          w1 = _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(weights + kx * 16 + 16)));
          w1 = _mm_sub_epi16(w1, weight_zero);
        }
        __m256i pixels = _mm256_set_m128i(_mm_unpackhi_epi16(x0, x1), _mm_unpacklo_epi16(x0, x1));
        __m256i pairs = _mm256_set_m128i(_mm_unpackhi_epi16(w0, w1), _mm_unpacklo_epi16(w0, w1));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pixels, pairs));
      }
    }
    int8_t *pixel = output + ox * p->channels + c;
    __m256i v = clamps_negative ? requantize_fixed8(sum, &scale, true) : requantize_fixed8(sum, &scale, false);
    if (__builtin_expect(is_right && is_sure8(v, v), true)) {
      v = _mm256_srai_epi32(v, 16);
      _mm_storel_epi64((__m128i *)pixel, _mm_min_epi8(_mm_max_epi8(pack(v, v), minimum), maximum));
    } else {
      int32_t sums[8];
      _mm256_storeu_si256((__m256i *)sums, sum);
      finish_exactly(sums, &p->scale, c, pixel, 8);
    }
  }
}

AVX2 EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_avx2) {
  ptrdiff_t c = 0;
  for (; c + 16 <= p->channels; c += 16) depthwise_block(p, output, c);
  for (; c + 8 <= p->channels; c += 8) depthwise_half(p, output, c);
  if (c == p->channels) return;
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels;
    for (ptrdiff_t i = c; i < p->channels; i++) {
      output[ox * p->channels + i] = edge_depthwise_one(p, x, begin, end, i);
    }
  }
}
#endif
