#if defined(__x86_64__)
#include "avx2.h"
#include "avx512.h"

// A shuffle looks four bits up in sixteen entries and gives 0 where bit 7 of the index is set. Subtracting 16 before each of them, with
// saturation, brings one sixteen after the other below the indices that reach it; all of those before must then be undone, so the
// entries are stored as differences (exclusive or) from those sixteen places back.
AVX2 EDGE_LOOK_UP_S8(edge_look_up_s8_32_avx2) {
  __m256i positive[8], negative[8];
  __m128i last_positive = _mm_setzero_si128(), last_negative = _mm_setzero_si128();
  for (int i = 0; i < 8; i++) {
    // Entries of the codes 16 * i and on, and of -128 + 16 * i and on.
    __m128i a = _mm_loadu_si128((const __m128i *)(table + 128 + 16 * i)), b = _mm_loadu_si128((const __m128i *)(table + 16 * i));
    positive[i] = _mm256_broadcastsi128_si256(_mm_xor_si128(a, last_positive));
    negative[i] = _mm256_broadcastsi128_si256(_mm_xor_si128(b, last_negative));
    last_positive = a;
    last_negative = b;
  }
  const __m256i sixteen = _mm256_set1_epi8(16), top = _mm256_set1_epi8(-128);
  ptrdiff_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m256i x = _mm256_loadu_si256((const __m256i *)(input + i)), z = _mm256_xor_si256(x, top);
    __m256i y = _mm256_xor_si256(_mm256_shuffle_epi8(positive[0], x), _mm256_shuffle_epi8(negative[0], z));
    for (int j = 1; j < 8; j++) {
      x = _mm256_subs_epi8(x, sixteen);
      z = _mm256_subs_epi8(z, sixteen);
      y = _mm256_xor_si256(y, _mm256_xor_si256(_mm256_shuffle_epi8(positive[j], x), _mm256_shuffle_epi8(negative[j], z)));
    }
    _mm256_storeu_si256((__m256i *)(output + i), y);
  }
  edge_look_up_s8(table, input + i, output + i, count - i);
}

// The same with vectors of 64.
VNNI EDGE_LOOK_UP_S8(edge_look_up_s8_64_avx512) {
  __m512i positive[8], negative[8];
  __m128i last_positive = _mm_setzero_si128(), last_negative = _mm_setzero_si128();
  for (int i = 0; i < 8; i++) {
    __m128i a = _mm_loadu_si128((const __m128i *)(table + 128 + 16 * i)), b = _mm_loadu_si128((const __m128i *)(table + 16 * i));
    positive[i] = _mm512_broadcast_i32x4(_mm_xor_si128(a, last_positive));
    negative[i] = _mm512_broadcast_i32x4(_mm_xor_si128(b, last_negative));
    last_positive = a;
    last_negative = b;
  }
  const __m512i sixteen = _mm512_set1_epi8(16), top = _mm512_set1_epi8(-128);
  for (ptrdiff_t i = 0; i < count; i += 64) {
    const __mmask64 mask = count - i < 64 ? (1ull << (count - i)) - 1 : ~0ull;
    __m512i x = _mm512_maskz_loadu_epi8(mask, input + i), z = _mm512_xor_si512(x, top);
    __m512i y = _mm512_xor_si512(_mm512_shuffle_epi8(positive[0], x), _mm512_shuffle_epi8(negative[0], z));
    UNROLL for (int j = 1; j < 8; j++) {
      x = _mm512_subs_epi8(x, sixteen);
      z = _mm512_subs_epi8(z, sixteen);
      y = _mm512_ternarylogic_epi32(y, _mm512_shuffle_epi8(positive[j], x), _mm512_shuffle_epi8(negative[j], z), 0x96);  // a ^ b ^ c
    }
    _mm512_mask_storeu_epi8(output + i, mask, y);
  }
}
#endif
