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

double edge_exp(double x) { return exp(x); }
double edge_expm1(double x) { return expm1(x); }
double edge_log(double x) { return log(x); }
double edge_tanh(double x) { return tanh(x); }
double edge_erfc(double x) { return erfc(x); }
