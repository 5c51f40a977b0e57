#if defined(__x86_64__)
#include "scalar.h"

#include <immintrin.h>
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

// Rule A of scalar.h for eight channels. AVX2 has no arithmetic 64-bit shift: 2^62 is added first to make every value
// non-negative, and taken away again afterwards, where it has become 2^(31-e).
AVX2 static inline __m256i requantize(__m256i x, __m256i multiplier, __m256i shift) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i left = _mm256_max_epi32(shift, zero);
  __m256i e = _mm256_max_epi32(_mm256_sub_epi32(zero, shift), zero);
  x = _mm256_sllv_epi32(x, left);
  // The second rounding exists only for e >= 1: half of 2^(31+e), less 2^31 for negative values.
  __m256i rounds = _mm256_cmpgt_epi32(e, zero);
  __m256i negative = _mm256_and_si256(rounds, _mm256_srai_epi32(x, 31));

  __m256i result[2];
  for (int odd = 0; odd < 2; odd++) {
    __m256i xs = odd ? _mm256_srli_epi64(x, 32) : x;
    __m256i ms = odd ? _mm256_srli_epi64(multiplier, 32) : multiplier;
    __m256i es = odd ? _mm256_srli_epi64(e, 32) : _mm256_and_si256(e, _mm256_set1_epi64x(0xffffffff));
    __m256i has_rounding = odd ? _mm256_shuffle_epi32(rounds, 0xf5) : _mm256_shuffle_epi32(rounds, 0xa0);
    __m256i is_negative = odd ? _mm256_shuffle_epi32(negative, 0xf5) : _mm256_shuffle_epi32(negative, 0xa0);
    __m256i value = _mm256_add_epi64(_mm256_mul_epi32(xs, ms), _mm256_set1_epi64x((1ll << 62) + (1ll << 30)));
    __m256i half = _mm256_sllv_epi64(_mm256_set1_epi64x(1ll << 30), es);
    value = _mm256_add_epi64(value, _mm256_and_si256(has_rounding, half));
    value = _mm256_sub_epi64(value, _mm256_and_si256(is_negative, _mm256_set1_epi64x(1ll << 31)));
    value = _mm256_srlv_epi64(value, _mm256_add_epi64(es, _mm256_set1_epi64x(31)));
    result[odd] = _mm256_sub_epi64(value, _mm256_srlv_epi64(_mm256_set1_epi64x(1ll << 31), es));
  }
  return _mm256_blend_epi32(result[0], _mm256_slli_epi64(result[1], 32), 0xaa);
}

// Sixteen int32 channels to int8, clamped. The sum with the zero point cannot overflow once it is within +-2^30.
AVX2 static inline __m128i finish(__m256i low, __m256i high, const edge_requantize_s8 *s, ptrdiff_t c) {
  __m256i values[2] = {low, high};
  for (int j = 0; j < 2; j++) {
    __m256i m = _mm256_loadu_si256((const __m256i *)(s->multiplier + c + 8 * j));
    __m256i shift = _mm256_loadu_si256((const __m256i *)(s->shift + c + 8 * j));
    __m256i v = requantize(values[j], m, shift);
    v = _mm256_max_epi32(_mm256_min_epi32(v, _mm256_set1_epi32(1 << 30)), _mm256_set1_epi32(-(1 << 30)));
    v = _mm256_add_epi32(v, _mm256_set1_epi32(s->zero_point));
    v = _mm256_max_epi32(v, _mm256_set1_epi32(s->minimum));
    values[j] = _mm256_min_epi32(v, _mm256_set1_epi32(s->maximum));
  }
  __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(values[0], values[1]), 0xd8);
  return _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

AVX2 EDGE_REQUANTIZE_S8(edge_requantize_s8_avx2) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    __m256i low = _mm256_loadu_si256((const __m256i *)(accumulators + 16 * row));
    __m256i high = _mm256_loadu_si256((const __m256i *)(accumulators + 16 * row + 8));
    __m128i bytes = finish(low, high, scale, 0);
    if (channels == 16) {
      _mm_storeu_si128((__m128i *)(output + row * stride), bytes);
    } else {
      int8_t all[16];
      _mm_storeu_si128((__m128i *)all, bytes);
      memcpy(output + row * stride, all, (size_t)channels);
    }
  }
}

AVX2 EDGE_DEPTHWISE_S8(edge_depthwise_s8_16_avx2) {
  const __m256i input_zero = _mm256_set1_epi16((short)p->input_zero_point);
  const __m256i weight_zero = _mm256_set1_epi16((short)p->weight_zero_point);
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++, output += p->channels) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    const int8_t *x = input + (ox * p->stride_width - p->padding_left) * p->channels;
    ptrdiff_t c = 0;
    for (; c + 16 <= p->channels; c += 16) {
      const int8_t *w = p->weights + c * p->kernel_height * p->kernel_width;
      __m256i low = _mm256_loadu_si256((const __m256i *)(p->bias + c));
      __m256i high = _mm256_loadu_si256((const __m256i *)(p->bias + c + 8));
      for (ptrdiff_t ky = p->tap_row_begin; ky < p->tap_row_end; ky++) {
        for (ptrdiff_t kx = begin; kx < end; kx++) {
          const int8_t *at = x + ky * p->row_stride + kx * p->dilation_width * p->channels + c;
          __m256i xs = _mm256_sub_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)at)), input_zero);
          __m256i ws = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + (ky * p->kernel_width + kx) * 16)));
          ws = _mm256_sub_epi16(ws, weight_zero);
          __m256i product_low = _mm256_mullo_epi16(xs, ws), product_high = _mm256_mulhi_epi16(xs, ws);
          __m256i first = _mm256_unpacklo_epi16(product_low, product_high);   // channels 0-3, 8-11
          __m256i second = _mm256_unpackhi_epi16(product_low, product_high);  // channels 4-7, 12-15
          low = _mm256_add_epi32(low, _mm256_permute2x128_si256(first, second, 0x20));
          high = _mm256_add_epi32(high, _mm256_permute2x128_si256(first, second, 0x31));
        }
      }
      _mm_storeu_si128((__m128i *)(output + c), finish(low, high, &p->scale, c));
    }
    for (; c < p->channels; c++) output[c] = edge_depthwise_one(p, x + c, begin, end, c);
  }
}
#endif
