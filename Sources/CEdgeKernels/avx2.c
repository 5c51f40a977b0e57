#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// Bytes are widened to 16 bits, since the 8-bit multiply-add of AVX2 saturates. A channel's four products land in two lanes.
AVX2 EDGE_GEMM_S8(edge_gemm_s8_2x16c4_avx2) {
  __m256i acc[2][4];
  for (int r = 0; r < 2; r++)
    for (int j = 0; j < 4; j++) acc[r][j] = _mm256_setzero_si256();
  for (ptrdiff_t tap = 0; tap < taps; tap++) {
    const int8_t *a0 = a[tap * 2], *a1 = a[tap * 2 + 1];
    for (ptrdiff_t k = 0; k < tap_byte_count; k += 4, w += 64) {
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
      sum = _mm256_add_epi32(sum, _mm256_loadu_si256((const __m256i *)(bias + 8 * j)));
      sum = _mm256_add_epi32(sum, _mm256_set1_epi32(row_term[r]));
      _mm256_storeu_si256((__m256i *)(accumulators + 16 * r + 8 * j), sum);
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

AVX2 static inline scale8 load_scale(const edge_requantize_s8 *s, ptrdiff_t c) {
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

// Whether all sixteen shifts from channel c on are below 0.
AVX2 static inline bool shifts_right(const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i a = _mm256_loadu_si256((const __m256i *)(s->shift + c));
  __m256i b = _mm256_loadu_si256((const __m256i *)(s->shift + c + 8));
  return _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_and_si256(a, b))) == 0xff;
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

AVX2 EDGE_REQUANTIZE_S8(edge_requantize_s8_avx2) {
  if (!shifts_right(scale, 0)) {
    for (ptrdiff_t row = 0; row < rows; row++)
      for (ptrdiff_t c = 0; c < channels; c++)
        output[row * stride + c] = edge_requantize_one(accumulators[16 * row + c], scale, c);
    return;
  }
  scale8 low_scale = load_scale(scale, 0), high_scale = load_scale(scale, 8);
  bool clamps_negative = scale->minimum >= scale->zero_point;
  for (ptrdiff_t row = 0; row < rows; row++) {
    __m256i low = _mm256_loadu_si256((const __m256i *)(accumulators + 16 * row));
    __m256i high = _mm256_loadu_si256((const __m256i *)(accumulators + 16 * row + 8));
    low = add_and_clamp(requantize_right(low, &low_scale, clamps_negative), scale);
    high = add_and_clamp(requantize_right(high, &high_scale, clamps_negative), scale);
    store(pack(low, high), output + row * stride, channels);
  }
}

// Sixteen channels over one output row: weights are widened once, and two taps at a time make 16-bit pairs for one
// multiply-add. A pair's missing or skipped tap is zero.
AVX2 static void depthwise_block(const edge_depthwise_s8 *p, const int8_t *input, int8_t *output, ptrdiff_t c) {
  const __m256i input_zero = _mm256_set1_epi16((short)p->input_zero_point);
  const __m256i weight_zero = _mm256_set1_epi16((short)p->weight_zero_point);
  const int8_t *w = p->weights + c * p->kernel_height * p->kernel_width;
  const __m256i bias_low = _mm256_loadu_si256((const __m256i *)(p->bias + c));
  const __m256i bias_high = _mm256_loadu_si256((const __m256i *)(p->bias + c + 8));
  bool is_right = shifts_right(&p->scale, c), clamps_negative = p->scale.minimum >= p->scale.zero_point;
  scale8 low_scale = load_scale(&p->scale, c), high_scale = load_scale(&p->scale, c + 8);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    const int8_t *x = input + (ox * p->stride_width - p->padding_left) * p->channels + c;
    // Lanes of `first` are channels 0-3 and 8-11, of `second` 4-7 and 12-15.
    __m256i first = _mm256_permute2x128_si256(bias_low, bias_high, 0x20);
    __m256i second = _mm256_permute2x128_si256(bias_low, bias_high, 0x31);
    for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
      const int8_t *row = x + ky * p->row_stride;
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
    int8_t *pixel = output + ox * p->channels + c;
    if (is_right) {
      low = add_and_clamp(requantize_right(low, &low_scale, clamps_negative), &p->scale);
      high = add_and_clamp(requantize_right(high, &high_scale, clamps_negative), &p->scale);
      _mm_storeu_si128((__m128i *)pixel, pack(low, high));
    } else {
      int32_t sums[16];
      _mm256_storeu_si256((__m256i *)sums, low);
      _mm256_storeu_si256((__m256i *)(sums + 8), high);
      for (ptrdiff_t i = 0; i < 16; i++) pixel[i] = edge_requantize_one(sums[i], &p->scale, c + i);
    }
  }
}

AVX2 EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_avx2) {
  ptrdiff_t c = 0;
  for (; c + 16 <= p->channels; c += 16) depthwise_block(p, input, output, c);
  if (c == p->channels) return;
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    const int8_t *x = input + (ox * p->stride_width - p->padding_left) * p->channels;
    for (ptrdiff_t i = c; i < p->channels; i++) {
      output[ox * p->channels + i] = edge_depthwise_one(p, x + i, begin, end, i);
    }
  }
}
#endif
