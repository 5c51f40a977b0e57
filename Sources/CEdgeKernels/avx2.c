#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// Bytes are widened to 16 bits, since the 8-bit multiply-add of AVX2 saturates. A channel's four products land in two lanes.
AVX2 static inline void product(const edge_gemm_s8 *p, ptrdiff_t c, __m256i sums[2][2]) {
  const int8_t *w = p->weights + c * p->taps * p->tap_byte_count;
  __m256i acc[2][4];
  for (int r = 0; r < 2; r++)
    for (int j = 0; j < 4; j++) acc[r][j] = _mm256_setzero_si256();
  for (ptrdiff_t tap = 0; tap < p->taps; tap++) {
    const int8_t *a0 = p->a[tap * 2], *a1 = p->a[tap * 2 + 1];
    for (ptrdiff_t k = 0; k < p->tap_byte_count; k += 4, w += 64) {
      int32_t bytes0, bytes1;
      memcpy(&bytes0, a0 + k, 4);
      memcpy(&bytes1, a1 + k, 4);
      __m256i x0 = _mm256_broadcastq_epi64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(bytes0)));
      __m256i x1 = _mm256_broadcastq_epi64(_mm_cvtepi8_epi16(_mm_cvtsi32_si128(bytes1)));
      for (int j = 0; j < 4; j++) {
        __m256i weights = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
        acc[0][j] = _mm256_add_epi32(acc[0][j], _mm256_madd_epi16(x0, weights));
        acc[1][j] = _mm256_add_epi32(acc[1][j], _mm256_madd_epi16(x1, weights));
      }
    }
  }
  for (int r = 0; r < 2; r++) {
    for (int j = 0; j < 2; j++) {
      // hadd works in 128-bit halves, so channels come out as 0 1 4 5 2 3 6 7.
      __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(acc[r][2 * j], acc[r][2 * j + 1]), 0xd8);
      sum = _mm256_add_epi32(sum, _mm256_loadu_si256((const __m256i *)(p->bias + c + 8 * j)));
      sums[r][j] = _mm256_add_epi32(sum, _mm256_set1_epi32(p->row_term[r]));
    }
  }
}

// The rule of scalar.h for eight channels whose shifts are all below 0, the usual case. With e = -shift >= 1 the 64-bit shift
// by 31+e is a look at the high half, where the odd lanes already are, and a 32-bit shift by e-1: floors compose.
typedef struct {
  __m256i multiplier, multiplier_odd;
  __m256i rounding, rounding_odd;
  __m256i right;
} scale8;

AVX2 static inline scale8 load_scale8(const edge_requantize_s8 *s, ptrdiff_t c) {
  const __m256i one = _mm256_set1_epi64x(1ll << 30);
  __m256i m = _mm256_loadu_si256((const __m256i *)(s->multiplier + c));
  __m256i e = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_loadu_si256((const __m256i *)(s->shift + c)));
  __m256i e_even = _mm256_and_si256(e, _mm256_set1_epi64x(0xffffffff)), e_odd = _mm256_srli_epi64(e, 32);
  return (scale8){
    .multiplier = m,
    .multiplier_odd = _mm256_srli_epi64(m, 32),
    .rounding = _mm256_add_epi64(_mm256_sllv_epi64(one, e_even), one),
    .rounding_odd = _mm256_add_epi64(_mm256_sllv_epi64(one, e_odd), one),
    .right = _mm256_sub_epi32(e, _mm256_set1_epi32(1)),
  };
}

// With `clamps_negative` every negative value ends at the minimum, whichever way its tie goes.
AVX2 static inline __m256i requantize_right(__m256i x, const scale8 *s, bool clamps_negative) {
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, s->multiplier), s->rounding);
  __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), s->multiplier_odd), s->rounding_odd);
  if (!clamps_negative) {
    __m256i sign = _mm256_srai_epi32(x, 31);
    even = _mm256_add_epi64(even, _mm256_slli_epi64(_mm256_shuffle_epi32(sign, 0xa0), 31));
    odd = _mm256_add_epi64(odd, _mm256_slli_epi64(_mm256_shuffle_epi32(sign, 0xf5), 31));
  }
  return _mm256_srav_epi32(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), s->right);
}

AVX2 static inline __m256i add_and_clamp(__m256i v, const edge_requantize_s8 *s) {
  v = _mm256_max_epi32(_mm256_add_epi32(v, _mm256_set1_epi32(s->zero_point)), _mm256_set1_epi32(s->minimum));
  return _mm256_min_epi32(v, _mm256_set1_epi32(s->maximum));
}

AVX2 static inline __m128i pack(__m256i low, __m256i high) {
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
  return _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

// The scales of sixteen channels from `channel` on.
typedef struct {
  scale8 low, high;
  const edge_requantize_s8 *scale;
  ptrdiff_t channel;
  bool is_right, clamps_negative;
} scale16;

AVX2 static inline scale16 load_scale(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i a = _mm256_loadu_si256((const __m256i *)(s->shift + c));
  __m256i b = _mm256_loadu_si256((const __m256i *)(s->shift + c + 8));
  return (scale16){
    .low = load_scale8(s, c),
    .high = load_scale8(s, c + 8),
    .scale = s,
    .channel = c,
    .is_right = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(a, b))) == 0xff,
    .clamps_negative = s->minimum >= s->zero_point,
  };
}

AVX2 static inline void store(__m128i bytes, int8_t *output, ptrdiff_t channels) {
  if (channels == 16) {
    _mm_storeu_si128((__m128i *)output, bytes);
  } else {
    int8_t all[16];
    _mm_storeu_si128((__m128i *)all, bytes);
    memcpy(output, all, (size_t)channels);
  }
}

// Sixteen channels of one row, requantized and stored: those from c on, as far as there are any.
AVX2 static inline void finish(__m256i low, __m256i high, const scale16 *s, int8_t *output, ptrdiff_t channels) {
  if (s->is_right) {
    low = add_and_clamp(requantize_right(low, &s->low, s->clamps_negative), s->scale);
    high = add_and_clamp(requantize_right(high, &s->high, s->clamps_negative), s->scale);
    store(pack(low, high), output, channels);
  } else {
    int32_t sums[16];
    _mm256_storeu_si256((__m256i *)sums, low);
    _mm256_storeu_si256((__m256i *)(sums + 8), high);
    for (ptrdiff_t i = 0; i < channels; i++) output[i] = edge_requantize_one(sums[i], s->scale, s->channel + i);
  }
}

AVX2 EDGE_GEMM_S8(edge_gemm_s8_2x16c4_avx2) {
  for (ptrdiff_t c = 0; c < p->channels; c += 16) {
    __m256i sums[2][2];
    product(p, c, sums);
    if (p->accumulators) {
      ptrdiff_t stride = (p->channels + 15) / 16 * 16;
      for (ptrdiff_t r = 0; r < p->rows; r++)
        for (int j = 0; j < 2; j++)
          _mm256_storeu_si256((__m256i *)(p->accumulators + r * stride + c + 8 * j), sums[r][j]);
      continue;
    }
    scale16 scale = load_scale(&p->scale, c);
    ptrdiff_t count = p->channels - c < 16 ? p->channels - c : 16;
    for (ptrdiff_t r = 0; r < p->rows; r++) {
      finish(sums[r][0], sums[r][1], &scale, p->output + r * p->channels + c, count);
    }
  }
}

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

AVX2 EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_avx2) {
  ptrdiff_t c = 0;
  for (; c + 16 <= p->channels; c += 16) depthwise_block(p, output, c);
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
