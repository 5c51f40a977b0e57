#if defined(__aarch64__)
#include "gemm.h"

#define NAME edge_gemm_s8_4x16c4_neondot
#define TARGET __attribute__((target("dotprod")))
enum { ROWS = 4 };

// Rows of codes, in lines of `tiles` tiles each.
typedef struct {
  // A pointer for each tap, so many apart, and how far from there the first row is and the others are from each other.
  const int8_t *const *a;
  ptrdiff_t stride, first, row_step, line_step;
  ptrdiff_t tiles, lines;
  // Taps end in twelve bytes, and four more may be read.
  int reads_on;
  // NULL if there are none; a line has `width`.
  const int32_t *row_term;
  ptrdiff_t width;
  int8_t *output;
} grid;

// What the tiles of up to sixteen channels have in common: a column of the output. Everything here is that of these channels.
typedef struct {
  const layer *l;
  ptrdiff_t first;
  const int8_t *weights;
  const int32_t *bias, *multiplier, *shift;
  // `steps`: of 32 bytes in a tap; `step`: from a row of the output to the next.
  ptrdiff_t taps, byte_count, steps, step;
  scale_kind kind;
  // For kinds with room in 16 bits.
  int16x8_t shift_16[2];
  output_range range;
} column;

// Thirty-two codes.
INLINE void load_codes(int8x16_t *x, int8x16_t *y, const int8_t **a) {
  const int8x16x2_t two = vld1q_s8_x2(*a);
  *x = two.val[0], *y = two.val[1];
  *a += 32;
  FORGET(*a);
}

// 4 * `vectors` channels of `groups` groups of four bytes of depth: the weights of a group are loaded once and meet a lane of every row.
TARGET INLINE const int8_t *products(int32x4_t acc[][4], const int8x16_t x[], const int8_t *w, const int rows,
                                  const int vectors, const int groups) {
  UNROLL for (int q = 0; q < groups; q++) {
    int8x16_t weights[4];
    if (vectors == 4) {
      const int8x16x4_t four = vld1q_s8_x4(w);
      UNROLL for (int j = 0; j < 4; j++) weights[j] = four.val[j];
      w += 64;
      FORGET(w);
    } else {
      __asm__("ldp %q0, %q1, [%2], #64" : "=w"(weights[0]), "=w"(weights[1]), "+r"(w) : "m"(*(const int8_t(*)[32])w));
    }
    UNROLL for (int j = 0; j < vectors; j++)
      UNROLL for (int r = 0; r < rows; r++)
        acc[r][j] = q == 0 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 0)
          : q == 1 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 1)
          : q == 2 ? vdotq_laneq_s32(acc[r][j], weights[j], x[r], 2)
                   : vdotq_laneq_s32(acc[r][j], weights[j], x[r], 3);
  }
  return w;
}

// row_term: NULL if there are none.
INLINE void begin(int32x4_t acc[][4], const int32_t *bias, const int32_t *row_term, const int rows, const int vectors) {
  if (row_term == NULL) {
    // Copies would cost twice as much.
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int j = 0; j < vectors; j += 2) LOAD_TWO(acc[r][j], acc[r][j + 1], bias, 16 * j);
    return;
  }
  int32x4_t biases[4], terms[ROWS];
  UNROLL for (int j = 0; j < vectors; j += 2) LOAD_TWO(biases[j], biases[j + 1], bias, 16 * j);
  if (rows == 4) {
    const int32x4x4_t four = vld4q_dup_s32(row_term);
    UNROLL for (int r = 0; r < rows; r++) terms[r] = four.val[r];
  } else {
    UNROLL for (int r = 0; r < rows; r++) terms[r] = vld1q_dup_s32(row_term + r);
  }
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < vectors; j++) acc[r][j] = vaddq_s32(biases[j], terms[r]);
}

// The sums of a tile whose first row is `offset` from where the taps' pointers lead.
TARGET INLINE void sums_of(int32x4_t acc[][4], const column *c, const grid *g, ptrdiff_t offset, const int32_t *row_term,
                           const int rows, const int vectors, const ptrdiff_t stride) {
  begin(acc, c->bias, row_term, rows, vectors);
  const int8_t *w = c->weights, *const *taps = g->a;
  const ptrdiff_t byte_count = c->byte_count;
  ptrdiff_t tap = c->taps;
  do {
    const int8_t *a[ROWS];
    a[0] = *taps + offset;
    UNROLL for (int r = 1; r < rows; r++) a[r] = a[r - 1] + g->row_step;
    taps += stride;
    int8x16_t x[ROWS], y[ROWS];
    for (ptrdiff_t n = c->steps; n != 0; n--) {
      UNROLL for (int r = 0; r < rows; r++) load_codes(&x[r], &y[r], &a[r]);
      w = products(acc, x, w, rows, vectors, 4);
      w = products(acc, y, w, rows, vectors, 4);
    }
    if (byte_count & 16) {
      UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r]), a[r] += 16;
      w = products(acc, x, w, rows, vectors, 4);
    }
    if (byte_count & 15) {
      if (g->reads_on) {
        UNROLL for (int r = 0; r < rows; r++) x[r] = vld1q_s8(a[r]);
        w = products(acc, x, w, rows, vectors, 3);
      } else {
        if (byte_count & 8) {
          UNROLL for (int r = 0; r < rows; r++)
            x[r] = vreinterpretq_s8_s64(vld1q_dup_s64((const int64_t *)(const void *)a[r])), a[r] += 8;
          w = products(acc, x, w, rows, vectors, 2);
        }
        if (byte_count & 4) {
          UNROLL for (int r = 0; r < rows; r++) x[r] = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)a[r]));
          w = products(acc, x, w, rows, vectors, 1);
        }
      }
    }
  } while (--tap != 0);
}

// Tiles of `rows` rows. is_whole: of sixteen channels, whose kind is known.
TARGET INLINE void column_of(const column *all, const grid *some, const int rows, const int vectors, const int is_whole,
                             const scale_kind kind) {
  const column c = *all;
  const grid g = *some;
  const edge_requantize_s8 scale = {.multiplier = c.multiplier, .shift = c.shift};
  const ptrdiff_t terms = g.row_term == NULL ? 0 : rows;
  for (ptrdiff_t line = 0; line < g.lines; line++) {
    ptrdiff_t offset = g.first + line * g.line_step;
    const int32_t *row_term = terms == 0 ? NULL : g.row_term + line * g.width;
    int8_t *output = g.output + c.first + line * g.width * c.step;
    for (ptrdiff_t n = g.tiles; n != 0; n--) {
      int32x4_t acc[ROWS][4];
      sums_of(acc, &c, &g, offset, row_term, rows, vectors, is_whole ? 1 : g.stride);
      offset += rows * g.row_step, row_term += terms;
      if (!is_whole) {
        finish_tile(c.l, acc, rows, vectors, c.first, c.kind, &output);
        continue;
      }
      int8x16_t bytes[ROWS];
      requantize(&scale, acc, rows, 4, 0, kind, &all->range, all->shift_16, bytes);
      UNROLL for (int r = 0; r < rows; r++) put_16(&output, bytes[r], c.step);
    }
  }
}

#define COLUMN(name, ...) \
  TARGET static __attribute__((noinline)) void name(const column *c, const grid *g) { column_of(c, g, __VA_ARGS__); }
COLUMN(column_relu_7, ROWS, 4, 1, SCALE_RELU_7)
COLUMN(column_relu_10, ROWS, 4, 1, SCALE_RELU_10)
COLUMN(column_relu, ROWS, 4, 1, SCALE_RELU)
COLUMN(column_right, ROWS, 4, 1, SCALE_RIGHT)
COLUMN(column_right_10, ROWS, 4, 1, SCALE_RIGHT_10)
COLUMN(column_4, ROWS, 4, 0, SCALE_ANY)
COLUMN(column_3, 3, 4, 0, SCALE_ANY)
COLUMN(column_2, 2, 4, 0, SCALE_ANY)
COLUMN(column_1, 1, 4, 0, SCALE_ANY)
COLUMN(narrow_column_4, ROWS, 2, 0, SCALE_ANY)
COLUMN(narrow_column_3, 3, 2, 0, SCALE_ANY)
COLUMN(narrow_column_2, 2, 2, 0, SCALE_ANY)
COLUMN(narrow_column_1, 1, 2, 0, SCALE_ANY)

typedef void (*column_function)(const column *c, const grid *g);

// Tiles of `rows` rows by sixteen channels, or by the eight or fewer at a layer's end.
static column_function function_of(const column *c, const grid *g, ptrdiff_t left, ptrdiff_t rows) {
  static const column_function some[] = {column_1, column_2, column_3, column_4};
  static const column_function narrow[] = {narrow_column_1, narrow_column_2, narrow_column_3, narrow_column_4};
  if (left <= 8) return narrow[rows - 1];
  if (rows < ROWS || left < 16 || g->stride != 1) return some[rows - 1];
  switch (c->kind) {
    case SCALE_RELU_7: return column_relu_7;
    case SCALE_RELU_10: return column_relu_10;
    case SCALE_RELU: return column_relu;
    case SCALE_RIGHT: return column_right;
    case SCALE_RIGHT_10: return column_right_10;
    default: return column_4;
  }
}

// All rows of lines that have g->width. Tiles of sixteen channels follow each other, so that their weights stay near.
static void columns(const layer *l, const grid *g) {
  column c = {.l = l, .weights = l->p.weights, .bias = l->p.bias, .multiplier = l->p.scale.multiplier, .shift = l->p.scale.shift,
              .taps = l->p.taps, .byte_count = l->p.tap_byte_count, .steps = l->p.tap_byte_count / 32, .step = l->p.channels,
              .range = l->range};
  const ptrdiff_t rest = g->width % ROWS, whole = g->width - rest;
  grid tiles = *g, ends = *g;
  tiles.tiles = whole / ROWS, ends.tiles = 1;
  ends.first += whole * g->row_step, ends.output += whole * l->p.channels;
  if (g->row_term != NULL) ends.row_term += whole;
  for (; c.first < l->p.channels; c.first += 16) {
    const ptrdiff_t left = l->p.channels - c.first;
    c.kind = left <= 8 ? kind_of_some(c.shift, 2, l->kind) : kind_of_some(c.shift, 4, l->kind);
    // Sums that are stored as they are have no scales.
    if (has_room(c.kind)) UNROLL for (int j = 0; j < 2; j++) c.shift_16[j] = shift_16(c.shift + 8 * j, c.kind);
    if (whole != 0) function_of(&c, g, left, ROWS)(&c, &tiles);
    if (rest != 0) function_of(&c, g, left, rest)(&c, &ends);
    c.weights += 16 * c.taps * c.byte_count, c.bias += 16, c.multiplier += 16, c.shift += 16;
  }
}

// The sums of a single row of one tap, as dense layers want them. Sixty-four codes are loaded at a time.
TARGET INLINE void dense(const edge_gemm_s8 *p) {
  const int8_t *w = p->weights;
  const int32x4_t term = vdupq_n_s32(*p->row_term);
  const size_t byte_count = (size_t)p->tap_byte_count;
  const int8_t *const codes = *p->a;
  const int32_t *bias = p->bias;
  int32_t *to = p->accumulators;
  for (ptrdiff_t left = p->channels; left > 0; left -= 16, bias += 16, to += 16) {
    int32x4_t acc[1][4];
    UNROLL for (int j = 0; j < 4; j++) acc[0][j] = vaddq_s32(vld1q_s32(bias + 4 * j), term);
    const int8_t *a = codes;
    for (size_t k = byte_count / 64; k != 0; k--, a += 64) {
      const int8x16x4_t x = vld1q_s8_x4(a);
      UNROLL for (int i = 0; i < 4; i++) w = products(acc, &x.val[i], w, 1, 4, 4);
    }
    for (size_t k = byte_count % 64 / 16; k != 0; k--, a += 16) {
      const int8x16_t x = vld1q_s8(a);
      w = products(acc, &x, w, 1, 4, 4);
    }
    for (size_t k = byte_count % 16 / 4; k != 0; k--, a += 4) {
      const int8x16_t x = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)a));
      w = products(acc, &x, w, 1, 4, 1);
    }
    UNROLL for (int j = 0; j < 4; j++) vst1q_s32(to + 4 * j, acc[0][j]);
  }
}

// Bytes of lines, and of row terms, that are brought together.
enum { LINES_BYTE_COUNT = 20480, MOST_TERMS = 512, SLACK = 16 };

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

static __attribute__((noinline)) void gemm(const edge_gemm_s8 *p) {
  const layer l = layer_of(p);
  int has_row_terms = 0;
  for (ptrdiff_t row = 0; row < p->rows; row++) has_row_terms |= p->row_term[row];
  grid g = {.a = p->a, .stride = 1, .row_step = p->row_step, .lines = 1, .row_term = has_row_terms ? p->row_term : NULL,
            .width = p->rows, .output = p->output};
  if (p->row_step != 0 || p->rows == 1) {
    if (p->row_step == 0) g.stride = ROWS;
    columns(&l, &g);
    return;
  }
  // Rows with pointers of their own, which are as far from each other under every tap, or are taken one by one.
  g.stride = ROWS, g.row_step = p->a[1] - p->a[0];
  int is_even = 1;
  for (ptrdiff_t tap = 0; tap < p->taps; tap++)
    for (ptrdiff_t r = 1; r < p->rows; r++) is_even &= p->a[tap * ROWS + r] - p->a[tap * ROWS + r - 1] == g.row_step;
  if (is_even) {
    columns(&l, &g);
    return;
  }
  g.width = 1;
  for (ptrdiff_t r = 0; r < p->rows; r++) {
    g.a = p->a + r, g.row_term = p->row_term + r, g.output = p->output + r * p->channels;
    columns(&l, &g);
  }
}

static __attribute__((noinline)) void gemm_of_windows(const edge_gemm_s8 *p) {
  int8_t windows[WINDOWS * WINDOW_BYTES];
  const int8_t *start;
  for (ptrdiff_t row = 0; row < p->rows; row += WINDOWS) {
    const edge_gemm_s8 some = windows_of(p, ROWS, row, windows, &start);
    gemm(&some);
  }
}

TARGET EDGE_GEMM_S8(NAME) {
  assert(p->tap_byte_count % 4 == 0);
  if (p->rows == 1 && p->taps == 1 && p->accumulators) {
    dense(p);
  } else if (has_windows(p->taps, p->tap_byte_count)) {
    gemm_of_windows(p);
  } else {
    gemm(p);
  }
}

// Lines that are complete are read where they lie. Of others, every one that several output rows see is copied once, completed at its
// ends.
EDGE_CONV_LINES_S8(edge_conv_lines_s8_neondot) {
  const layer layer = layer_of(p);
  const ptrdiff_t height = (l->kernel_height - 1) * l->dilation + 1, top_of_all = first * l->stride - l->padding;
  const int is_direct = l->bytes_before == 0 && l->image_byte_count + 3 >= l->byte_count && l->segment_byte_count == p->tap_byte_count &&
    top_of_all >= 0 && top_of_all + (count - 1) * l->stride + height <= l->input_height;
  const ptrdiff_t line_byte_count = is_direct ? l->input_stride : (l->byte_count + 15) / 16 * 16;
  const ptrdiff_t line_count = is_direct ? l->input_height : LINES_BYTE_COUNT / line_byte_count;
  if (l->segments != 1 || p->taps > EDGE_RUN_TAPS || has_windows(p->taps, p->tap_byte_count) || line_count < height) return 0;
  ptrdiff_t most = (line_count - height) / l->stride + 1;
  if (l->weight_zero_point != 0) most = least(most, MOST_TERMS / l->output_width);
  // Lines would be copied too often.
  if (most < count && (is_direct ? most : most / 4) == 0) return 0;

  int8_t lines[LINES_BYTE_COUNT + SLACK];
  int32_t terms[MOST_TERMS];
  const int8_t *a[EDGE_RUN_TAPS];
  grid g = {.a = a, .stride = 1, .row_step = p->row_step, .line_step = l->stride * line_byte_count,
            .reads_on = !is_direct && p->tap_byte_count % 16 == 12, .row_term = l->weight_zero_point == 0 ? NULL : terms,
            .width = l->output_width, .output = p->output};
  for (ptrdiff_t row = 0; row < count; row += g.lines) {
    g.lines = least(most, count - row);
    const ptrdiff_t top = (first + row) * l->stride - l->padding;
    const int8_t *codes = lines;
    if (is_direct) {
      codes = l->input + top * line_byte_count;
    } else {
      // What lies between the image's bytes of two lines is filled in one go.
      const ptrdiff_t seen = (g.lines - 1) * l->stride + height;
      int8_t *to = lines;
      for (ptrdiff_t i = 0; i < seen; i++) {
        if (top + i < 0 || top + i >= l->input_height) continue;
        int8_t *const image = lines + i * line_byte_count + l->bytes_before;
        memset(to, (int8_t)l->zero_point, (size_t)(image - to));
        memcpy(image, l->input + (top + i) * l->input_stride, (size_t)l->image_byte_count);
        to = image + l->image_byte_count;
      }
      memset(to, (int8_t)l->zero_point, (size_t)(lines + seen * line_byte_count + SLACK - to));
    }
    for (ptrdiff_t tap = 0; tap < p->taps; tap++) a[tap] = codes + tap * l->dilation * line_byte_count;
    if (l->weight_zero_point != 0) {
      const int8_t *starts[EDGE_RUN_TAPS];
      for (ptrdiff_t i = 0; i < g.lines; i++) {
        for (ptrdiff_t tap = 0; tap < p->taps; tap++) starts[tap] = a[tap] + i * g.line_step;
        int32_t *to = terms + i * g.width;
        if (!is_direct && l->segment_byte_count <= 16 && g.width % 4 == 0) {
          edge_short_row_terms_s8_neondot(starts, p->row_step, p->taps, g.width, l->segment_byte_count, -l->weight_zero_point, to);
        } else {
          edge_row_terms_s8_neondot(starts, p->row_step, p->taps, 1, g.width, l->segment_byte_count, -l->weight_zero_point, to);
        }
      }
    }
    columns(&layer, &g);
    g.output += g.lines * g.width * p->channels;
  }
  return count;
}
#endif
