#if defined(__aarch64__)
#include "gemm_chains.h"

#include "gemm.h"

// The largest sums of the sizes of two and of four weights that meet in a lane.
typedef struct { uint16x8_t two, four; } sizes;

INLINE sizes sizes_of(const int8_t *w, ptrdiff_t quads) {
  sizes largest = {vdupq_n_u16(0), vdupq_n_u16(0)};
  for (int j = 0; j < 2; j++) {
    uint8x16_t size[4];
    UNROLL for (int q = 0; q < 4; q++)
      size[q] = q < quads ? vreinterpretq_u8_s8(vabsq_s8(vld1q_s8(w + 64 * q + 16 * j))) : vdupq_n_u8(0);
    uint16x8_t low01 = vaddl_u8(vget_low_u8(size[0]), vget_low_u8(size[1])), high01 = vaddl_high_u8(size[0], size[1]);
    uint16x8_t low23 = vaddl_u8(vget_low_u8(size[2]), vget_low_u8(size[3])), high23 = vaddl_high_u8(size[2], size[3]);
    largest.two = vmaxq_u16(largest.two, vmaxq_u16(vmaxq_u16(low01, high01), vmaxq_u16(low23, high23)));
    largest.four = vmaxq_u16(largest.four, vmaxq_u16(vaddq_u16(low01, low23), vaddq_u16(high01, high23)));
  }
  return largest;
}

// With codes in -128...127, products of weights whose sizes sum to no more than 255 sum to less than 2^15.
INLINE int chain_of(sizes s) { return vmaxvq_u16(s.four) <= 255 ? 4 : vmaxvq_u16(s.two) <= 255 ? 2 : 1; }

// Writes the bytes of one set of channels.
typedef struct { uint8_t *next; int ones, fours, twos; } chain_writer;

INLINE void flush(chain_writer *to) {
  if (to->ones > 0) *to->next++ = (uint8_t)(ONES | to->ones);
  if (to->fours + to->twos > 0) *to->next++ = (uint8_t)(to->fours | to->twos << TWOS_SHIFT);
  to->ones = to->fours = to->twos = 0;
}

INLINE void add_step(chain_writer *to, int length, int is_last) {
  if (is_last) {
    flush(to);
    *to->next++ = (uint8_t)(END | length);
  } else if (length == 1) {
    if (to->fours + to->twos > 0 || to->ones == MOST_ONES) flush(to);
    to->ones++;
  } else if (length == 2) {
    if (to->ones > 0 || to->twos == MOST_TWOS) flush(to);
    to->twos++;
  } else {
    if (to->ones + to->twos > 0 || to->fours == MOST_FOURS) flush(to);
    to->fours++;
  }
}

void edge_gemm_chains_s8(const int8_t *weights, ptrdiff_t channels, ptrdiff_t taps, ptrdiff_t tap_byte_count, uint8_t *chains) {
  const int8_t *w = weights;
  const ptrdiff_t count = taps * (tap_byte_count / 16 + 1);
  if (has_windows(taps, tap_byte_count)) {
    edge_gemm_chains_s8(weights, channels, 1, taps * tap_byte_count, chains);
    return;
  }
  for (ptrdiff_t c = 0; c < channels; c += 16, chains += 3 * count) {
    chain_writer both = {chains, 0, 0, 0}, first = {chains + count, 0, 0, 0}, second = {chains + 2 * count, 0, 0, 0};
    for (ptrdiff_t tap = 0; tap < taps; tap++) {
      for (ptrdiff_t k = 0; k <= tap_byte_count / 16; k++) {
        ptrdiff_t left = (tap_byte_count - 16 * k) / 4, quads = left < 4 ? left : 4;
        int low = chain_of(sizes_of(w, quads)), high = chain_of(sizes_of(w + 32, quads));
        add_step(&both, low < high ? low : high, left < 4);
        add_step(&first, low, left < 4);
        add_step(&second, high, left < 4);
        w += 64 * quads;
      }
    }
  }
}
#endif
