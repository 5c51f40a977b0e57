// Sums and moves of codes: plain C for all CPUs.
#include "CEdgeKernels.h"

#include <string.h>

int32_t edge_sum_s8(const int8_t *codes, ptrdiff_t count) {
  int32_t sum = 0;
  for (ptrdiff_t i = 0; i < count; i++) sum = (int32_t)((uint32_t)sum + (uint32_t)codes[i]);
  return sum;
}

int8_t edge_largest_s8(const int8_t *codes, ptrdiff_t count) {
  int8_t largest = INT8_MIN;
  for (ptrdiff_t i = 0; i < count; i++) largest = codes[i] > largest ? codes[i] : largest;
  return largest;
}

int64_t edge_sum_below_s8(const int32_t *table, int8_t largest, const int8_t *codes, ptrdiff_t count) {
  int64_t sums[4] = {0};
  ptrdiff_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int j = 0; j < 4; j++) sums[j] += table[largest - codes[i + j]];
  for (; i < count; i++) sums[0] += table[largest - codes[i]];
  return sums[0] + sums[1] + sums[2] + sums[3];
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

EDGE_LOOK_UP_S8(edge_look_up_s8) {
  const uint8_t *codes = (const uint8_t *)input;
  ptrdiff_t i = 0;
  // Eight are read before any is written, so that the processor need not wait for one store before the next load.
  for (; i + 8 <= count; i += 8) {
    uint8_t x[8];
    int8_t y[8];
    memcpy(x, codes + i, sizeof x);
    for (int j = 0; j < 8; j++) y[j] = table[x[j] ^ 0x80];
    memcpy(output + i, y, sizeof y);
  }
  for (; i < count; i++) output[i] = table[codes[i] ^ 0x80];
}

// By sixteen, all of which are read before any is written: the compiler makes no vectors of a loop that may be in place.
#define PAIRS(name, comes_before)                              \
  EDGE_PAIRS_S8(name) {                                        \
    ptrdiff_t i = 0;                                           \
    for (; i + 16 <= count; i += 16) {                         \
      int8_t x[16], y[16];                                     \
      memcpy(x, a + i, sizeof x);                              \
      memcpy(y, b + i, sizeof y);                              \
      for (int j = 0; j < 16; j++)                             \
        x[j] = x[j] comes_before y[j] ? x[j] : y[j];           \
      memcpy(output + i, x, sizeof x);                         \
    }                                                          \
    return i;                                                  \
  }

PAIRS(edge_larger_s8, >)
PAIRS(edge_smaller_s8, <)

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
