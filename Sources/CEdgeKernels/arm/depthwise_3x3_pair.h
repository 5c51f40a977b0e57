// Two output rows of a 3x3 depthwise kernel with stride 1 at once, which share two of their three input rows. Included by
// depthwise_3x3.h; the including file also defines
//   tall_t                              four pixels above each other
//   tall_of(rows)                       from their bytes
//   pair_products(sums, &weights, a, b, c)  adds the sums of the windows of both rows to sums[0...1] and sums[2...3]

typedef struct {
  const int8_t *rows[4];
  // The distance of two pixels, or 0 for a row outside the image.
  ptrdiff_t steps[4];
  // The column that is next, and what stands for columns outside the image.
  ptrdiff_t x;
  tall_t outside;
} tall_cursor;

TARGET INLINE tall_t next_tall(tall_cursor *at) {
  int8x16_t rows[4];
  UNROLL for (int ky = 0; ky < 4; ky++) rows[ky] = next_bytes(&at->rows[ky], at->steps[ky]);
  return tall_of(rows);
}

TARGET INLINE tall_t next_tall_checked(tall_cursor *at, ptrdiff_t width) {
  ptrdiff_t x = at->x++;
  return __builtin_expect(x < 0 || x >= width, 0) ? at->outside : next_tall(at);
}

// Where the next pixels of both rows go, and their distance.
typedef struct { int8_t *upper, *lower; ptrdiff_t step; } pair_output;

// Eight channels of a pixel and of the one below.
TARGET INLINE void pixel_pair(const taps_3x3 *t, const pair_weights_t *w, tall_t a, tall_t b, tall_t c, const scale_kind kind,
                              const output_range *range, pair_output *to) {
  int32x4_t sums[4];
  LOAD_TWO(sums[0], sums[1], t->bias, 0);
  LOAD_TWO(sums[2], sums[3], t->bias, 0);
  pair_products(sums, w, a, b, c);
  const int8x16_t bytes = requantize_16(t, sums, kind, range);
  __asm__("st1 {%2.8b}, [%0], %3\n st1 {%2.d}[1], [%1], %3" : "+r"(to->upper), "+r"(to->lower) : "w"(bytes), "r"(to->step) : "memory");
}

TARGET INLINE void row_pair(const edge_depthwise_s8 *p, const taps_3x3 *t, const pair_weights_t *w, tall_cursor at,
                            const scale_kind kind, const output_range *range, int8_t *output) {
  const ptrdiff_t step = p->channels, width = p->input_width;
  pair_output to = {output, output + p->output_width * step, step};
  ptrdiff_t left = p->output_width;
  tall_t a = next_tall_checked(&at, width), b = next_tall_checked(&at, width), c;
  // Pixels whose columns yet to come are all inside the image.
  ptrdiff_t inside = width - at.x;
  if (inside > left) inside = left;
  if (at.x < 0 || inside < 0) inside = 0;
  left -= inside;
  at.x += inside;
  for (; inside >= 3; inside -= 3) {
    c = next_tall(&at);
    pixel_pair(t, w, a, b, c, kind, range, &to);
    a = next_tall(&at);
    pixel_pair(t, w, b, c, a, kind, range, &to);
    b = next_tall(&at);
    pixel_pair(t, w, c, a, b, kind, range, &to);
  }
  for (left += inside; left > 0; left--) {
    c = inside-- > 0 ? next_tall(&at) : next_tall_checked(&at, width);
    pixel_pair(t, w, a, b, c, kind, range, &to);
    a = b, b = c;
  }
}

// Output rows `row` and `row` + 1 of eight channels from c on.
TARGET INLINE void block_pair(const edge_depthwise_s8 *p, const taps_3x3 *t, const pair_weights_t *w, ptrdiff_t c, ptrdiff_t row,
                              const int8_t outside[8], const scale_kind kind, const output_range *range, int8_t *output) {
  const int8x16_t zero_point = vdupq_n_s8(outside[0]);
  const int8x16_t column[4] = {zero_point, zero_point, zero_point, zero_point};
  tall_cursor at = {.x = -p->padding_left, .outside = tall_of(column)};
  for (int ky = 0; ky < 4; ky++) {
    const int8_t *codes = p->input_rows[ky < 3 ? 3 * row + ky : 3 * row + 5];
    at.rows[ky] = codes ? codes + c : outside;
    at.steps[ky] = codes ? p->channels : 0;
  }
  row_pair(p, t, w, at, kind, range, output + c);
}
