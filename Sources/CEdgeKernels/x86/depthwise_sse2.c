#if defined(__x86_64__)
#include "sse2.h"

// Eight channels of four taps at a time, interleaved so that a channel's taps are neighbours.
enum { GROUPS = 16, TAPS = 4 * GROUPS, BLOCKS = 8, CHANNELS = 8 * BLOCKS };

typedef struct {
  halves weights[GROUPS][2];
  __m128i bias[2];
  fixed4 fixed[2];
  bool is_right;
} block8;

INLINE void interleave(const int8_t *const at[4], ptrdiff_t c, halves taps[2]) {
  __m128i x[4];
  UNROLL for (int i = 0; i < 4; i++) x[i] = _mm_loadl_epi64((const __m128i *)(at[i] + c));
  __m128i first = _mm_unpacklo_epi8(x[0], x[1]), second = _mm_unpacklo_epi8(x[2], x[3]);
  taps[0] = split(_mm_unpacklo_epi16(first, second));
  taps[1] = split(_mm_unpackhi_epi16(first, second));
}

// Weights less their zero point, and the bias for input codes whose zero point is not subtracted: taps outside the image are then
// such codes, and every pixel sees all taps. Taps that fill the last group have weights of zero.
static void load_block(const edge_depthwise_s8 *p, ptrdiff_t c, ptrdiff_t taps, block8 *block) {
  const int8_t *const w = p->weights + c / 16 * 16 * taps + c % 16;
  const __m128i zero = _mm_set1_epi16((short)p->weight_zero_point), minus_zero = _mm_set1_epi16((short)-p->input_zero_point);
  const __m128i zeros = _mm_set1_epi8((char)p->weight_zero_point);
  for (int i = 0; i < 2; i++) block->bias[i] = _mm_loadu_si128((const __m128i *)(p->bias + c) + i);
  for (ptrdiff_t tap = 0; tap < taps; tap += 4) {
    const int8_t *at[4];
    for (int i = 0; i < 4; i++) at[i] = tap + i < taps ? w + (tap + i) * 16 : (const int8_t *)&zeros;
    halves *weights = block->weights[tap / 4];
    interleave(at, 0, weights);
    for (int i = 0; i < 2; i++) {
      weights[i] = (halves){.even = _mm_sub_epi16(weights[i].even, zero), .odd = _mm_sub_epi16(weights[i].odd, zero)};
      block->bias[i] = _mm_add_epi32(block->bias[i], multiply(weights[i], (halves){minus_zero, minus_zero}));
    }
  }
  block->is_right = load_fixed(&p->scale, c, 2, block->fixed);
}

// Where the taps of a pixel are, from channel c on; those outside the image are at `zeros`.
static void find_taps(const edge_depthwise_s8 *p, ptrdiff_t ox, ptrdiff_t c, const int8_t *zeros, const int8_t **at) {
  ptrdiff_t begin, end;
  edge_tap_columns(p, ox, &begin, &end);
  const ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels + c, step = p->dilation_width * p->channels;
  for (ptrdiff_t ky = 0; ky < p->kernel_height; ky++) {
    const bool is_inside = ky >= p->tap_row_begin && ky < p->tap_row_end;
    for (ptrdiff_t kx = 0; kx < p->kernel_width; kx++)
      *at++ = is_inside && kx >= begin && kx < end ? p->input_rows[ky] + x + kx * step : zeros;
  }
}

EDGE_DEPTHWISE_S8(edge_depthwise_s8_8_sse2) {
  const ptrdiff_t taps = p->kernel_height * p->kernel_width, groups = (taps + 3) / 4;
  int8_t zeros[CHANNELS];
  memset(zeros, p->input_zero_point, sizeof zeros);
  ptrdiff_t c = 0;
  while (taps <= TAPS && c + 8 <= p->channels) {
    const ptrdiff_t room = (p->channels - c) / 8, count = room < BLOCKS ? room : BLOCKS;
    block8 blocks[BLOCKS];
    for (ptrdiff_t b = 0; b < count; b++) load_block(p, c + 8 * b, taps, blocks + b);
    for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
      const int8_t *at[TAPS];
      find_taps(p, ox, c, zeros, at);
      for (ptrdiff_t tap = taps; tap < 4 * groups; tap++) at[tap] = zeros;
      for (ptrdiff_t b = 0; b < count; b++) {
        const block8 *block = blocks + b;
        __m128i sums[2] = {block->bias[0], block->bias[1]};
        for (ptrdiff_t g = 0; g < groups; g++) {
          halves x[2];
          interleave(at + 4 * g, 8 * b, x);
          UNROLL for (int i = 0; i < 2; i++) sums[i] = _mm_add_epi32(sums[i], multiply(x[i], block->weights[g][i]));
        }
        finish(sums, 2, block->fixed, block->is_right, &p->scale, c + 8 * b, output + ox * p->channels + c + 8 * b, 8);
      }
    }
    c += 8 * count;
  }
  if (c == p->channels) return;
  for (ptrdiff_t ox = 0; ox < p->output_width; ox++) {
    ptrdiff_t begin, end;
    edge_tap_columns(p, ox, &begin, &end);
    ptrdiff_t x = (ox * p->stride_width - p->padding_left) * p->channels;
    for (ptrdiff_t i = c; i < p->channels; i++) output[ox * p->channels + i] = edge_depthwise_one(p, x, begin, end, i);
  }
}
#endif
