#include "CEdgePeak.h"

// Twelve independent sums hide the latency of the instruction. OPAQUE makes the compiler compute each product.
#define TWELVE(step) \
  step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9) step(10) step(11)

#if defined(__x86_64__)
#include <immintrin.h>

#define OPAQUE(x) __asm__ volatile("" : "+v"(x))

__attribute__((target("avx512f,avx512vnni"))) static int64_t avx512vnni(int64_t rounds) {
  __m512i sums[12] = {0}, a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = _mm512_dpbusd_epi32(sums[j], a, b); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 64;
}

__attribute__((target("avx2,avxvnni"))) static int64_t avxvnni(int64_t rounds) {
  __m256i sums[12] = {0}, a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = _mm256_dpbusd_avx_epi32(sums[j], a, b); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 32;
}

__attribute__((target("avx2"))) static int64_t avx2(int64_t rounds) {
  __m256i sums[12] = {0}, a = _mm256_set1_epi16(3), b = _mm256_set1_epi16(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) OPAQUE(a); sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(a, b)); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 16;
}

// As below for float32: a product overwrites one of its factors.
static int64_t sse2(int64_t rounds) {
  __m128i sums[12] = {0}, a = _mm_set1_epi16(3), b = _mm_set1_epi16(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) OPAQUE(a); sums[j] = _mm_add_epi32(sums[j], _mm_madd_epi16(a, b)); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 8;
}

__attribute__((target("avx512f"))) static int64_t f32_avx512(int64_t rounds) {
  __m512 sums[12] = {0}, a = _mm512_set1_ps(3), b = _mm512_set1_ps(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = _mm512_fmadd_ps(a, b, sums[j]); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 16;
}

__attribute__((target("avx2,fma"))) static int64_t f32_fma(int64_t rounds) {
  __m256 sums[12] = {0}, a = _mm256_set1_ps(3), b = _mm256_set1_ps(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = _mm256_fmadd_ps(a, b, sums[j]); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 8;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

#define OPAQUE(x) __asm__ volatile("" : "+w"(x))

__attribute__((target("dotprod"))) static int64_t dotprod(int64_t rounds) {
  int32x4_t sums[12] = {0};
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = vdotq_s32(sums[j], a, b); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 16;
}

static int64_t neon(int64_t rounds) {
  int32x4_t sums[12] = {0};
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j)                                                                                                 \
  OPAQUE(a);                                                                                                    \
  sums[j] = vpadalq_s16(sums[j], vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b)); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 16;
}

static int64_t f32_neon(int64_t rounds) {
  float32x4_t sums[12] = {0}, a = vdupq_n_f32(3), b = vdupq_n_f32(5);
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) sums[j] = vfmaq_f32(sums[j], a, b); OPAQUE(sums[j]);
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12 * 4;
}
#endif

#if defined(OPAQUE)
// Four lanes, which every CPU of these has, multiplied and added one after the other; eight sums, since there are but sixteen registers.
static int64_t f32(int64_t rounds) {
#pragma STDC FP_CONTRACT OFF
  typedef float vector __attribute__((vector_size(16)));
  vector sums[8] = {0}, a = {3, 3, 3, 3}, b = {5, 5, 5, 5};
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) { vector product = b; OPAQUE(product); product *= a; OPAQUE(product); sums[j] += product; OPAQUE(sums[j]); }
    STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
#undef STEP
  }
  return rounds * 8 * 4;
}
#endif

static int64_t scalar(int64_t rounds) {
  int32_t sums[12] = {0}, a = 3, b = 5;
  for (int64_t i = 0; i < rounds; i++) {
#define STEP(j) __asm__ volatile("" : "+r"(a)); sums[j] += a * b; __asm__ volatile("" : "+r"(sums[j]));
    TWELVE(STEP)
#undef STEP
  }
  return rounds * 12;
}

int64_t edge_peak_run(int instructions, int64_t rounds) {
  switch (instructions) {
    case edge_peak_scalar: return scalar(rounds);
#if defined(__x86_64__)
    case edge_peak_sse2: return sse2(rounds);
    case edge_peak_avx2: return avx2(rounds);
    case edge_peak_avxvnni: return avxvnni(rounds);
    case edge_peak_avx512vnni: return avx512vnni(rounds);
    case edge_peak_f32: return f32(rounds);
    case edge_peak_f32_fma: return f32_fma(rounds);
    case edge_peak_f32_avx512: return f32_avx512(rounds);
#elif defined(__aarch64__)
    case edge_peak_neon: return neon(rounds);
    case edge_peak_dotprod: return dotprod(rounds);
    case edge_peak_f32: return f32(rounds);
    case edge_peak_f32_neon: return f32_neon(rounds);
#endif
    default: return 0;
  }
}
