#if defined(__aarch64__)
#include "neon.h"

// A quarter of the table at a time: an index outside it changes nothing.
EDGE_LOOK_UP_S8(edge_look_up_s8_16_neon) {
  const uint8_t *entries = (const uint8_t *)table;
  const uint8x16x4_t q0 = vld1q_u8_x4(entries), q1 = vld1q_u8_x4(entries + 64);
  const uint8x16x4_t q2 = vld1q_u8_x4(entries + 128), q3 = vld1q_u8_x4(entries + 192);
  const uint8x16_t quarter = vdupq_n_u8(64), top = vdupq_n_u8(128);
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    uint8x16_t x = veorq_u8(vreinterpretq_u8_s8(vld1q_s8(input + i)), top);
    uint8x16_t y = vqtbl4q_u8(q0, x);
    y = vqtbx4q_u8(y, q1, x = vsubq_u8(x, quarter));
    y = vqtbx4q_u8(y, q2, x = vsubq_u8(x, quarter));
    y = vqtbx4q_u8(y, q3, vsubq_u8(x, quarter));
    vst1q_s8(output + i, vreinterpretq_s8_u8(y));
  }
  edge_look_up_s8(table, input + i, output + i, count - i);
}
#endif
