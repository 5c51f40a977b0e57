#define _GNU_SOURCE
#include "CEdgeKernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

static const struct { const char *name; uint32_t bit; } features[] = {
  {"neon", EDGE_CPU_NEON}, {"dotprod", EDGE_CPU_DOTPROD}, {"avx2", EDGE_CPU_AVX2}, {"avx512vnni", EDGE_CPU_AVX512VNNI},
  {"fma", EDGE_CPU_FMA}, {"avxvnni", EDGE_CPU_AVXVNNI},
};

static uint32_t detect(void) {
  uint32_t found = 0;
#if defined(__aarch64__)
  enum { hwcap_asimd = 1 << 1, hwcap_asimddp = 1 << 20 };  // asm/hwcap.h
  unsigned long hwcap = getauxval(AT_HWCAP);
  if (hwcap & hwcap_asimd) found |= EDGE_CPU_NEON;
  if (hwcap & hwcap_asimddp) found |= EDGE_CPU_DOTPROD;
#elif defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) found |= EDGE_CPU_AVX2;
  if (__builtin_cpu_supports("fma")) found |= EDGE_CPU_FMA;
  if (__builtin_cpu_supports("avxvnni")) found |= EDGE_CPU_AVXVNNI;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
    found |= EDGE_CPU_AVX512VNNI;
  }
#endif
  return found;
}

uint32_t edge_cpu_features(void) {
  uint32_t found = detect();
  const char *wanted = getenv("EDGEINFER_CPU");
  if (!wanted) return found;
  uint32_t allowed = 0;
  for (const char *word = wanted; *word;) {
    size_t length = strcspn(word, ",");
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
      if (strlen(features[i].name) == length && strncmp(word, features[i].name, length) == 0) allowed |= features[i].bit;
    }
    word += length;
    if (*word == ',') word++;
  }
  return found & allowed;
}

int32_t edge_sum_s8(const int8_t *codes, ptrdiff_t count) {
  int32_t sum = 0;
  for (ptrdiff_t i = 0; i < count; i++) sum = (int32_t)((uint32_t)sum + (uint32_t)codes[i]);
  return sum;
}

void edge_flip_top_bits(const uint8_t *input, uint8_t *output, ptrdiff_t count) {
  // By words, all of which are read before any is written: the compiler makes no vectors of a loop that may be in place.
  uint64_t words[8];
  for (; count >= (ptrdiff_t)sizeof words; count -= sizeof words, input += sizeof words, output += sizeof words) {
    memcpy(words, input, sizeof words);
    for (int i = 0; i < 8; i++) words[i] ^= 0x8080808080808080;
    memcpy(output, words, sizeof words);
  }
  for (; count > 0; count--) *output++ = *input++ ^ 0x80;
}

void edge_column_sums_s8(const int8_t *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t count, int32_t *sums) {
  int16_t parts[64];
  for (ptrdiff_t i = 0; i < count; i++) sums[i] = 0;
  while (rows > 0) {
    // What 16 bits have room for.
    ptrdiff_t some = rows < 255 ? rows : 255;
    for (ptrdiff_t i = 0; i < count; i++) parts[i] = 0;
    for (ptrdiff_t row = 0; row < some; row++, x += stride)
      for (ptrdiff_t i = 0; i < count; i++) parts[i] = (int16_t)(parts[i] + x[i]);
    for (ptrdiff_t i = 0; i < count; i++) sums[i] = (int32_t)((uint32_t)sums[i] + (uint32_t)parts[i]);
    rows -= some;
  }
}

#if !defined(__aarch64__)
EDGE_ROW_TERMS_S8(edge_row_terms_s8) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    uint32_t sum = 0;
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      const int8_t *codes = row_step == 0 ? a[tap * stride + row] : a[tap] + row * row_step;
      sum += (uint32_t)edge_sum_s8(codes, byte_count);
    }
    row_term[row] = (int32_t)((uint32_t)factor * sum);
  }
}
#endif

double edge_exp(double x) { return exp(x); }
double edge_expm1(double x) { return expm1(x); }
double edge_log(double x) { return log(x); }
double edge_tanh(double x) { return tanh(x); }
double edge_erfc(double x) { return erfc(x); }
