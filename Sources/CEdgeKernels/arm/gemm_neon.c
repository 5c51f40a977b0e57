#if defined(__aarch64__)
#include "gemm.h"

enum { ROWS = 4 };

// Sixteen bytes of depth of a row by eight channels, as four groups of four, in assembly: the sums of four rows, the weights, the codes
// and the 16-bit sums a, b, c, d fill the 32 registers, more than clang can keep in order. l and h are the weights of channels 0...3
// and 4...7, x the codes of a group, four times over. A 16-bit sum goes on for as many groups as it has room for.
#define MULTIPLY(op, q) \
  op " %[a].8h, %[x" #q "].8b, %[l" #q "].8b\n" op "2 %[b].8h, %[x" #q "].16b, %[l" #q "].16b\n" \
  op " %[c].8h, %[x" #q "].8b, %[h" #q "].8b\n" op "2 %[d].8h, %[x" #q "].16b, %[h" #q "].16b\n"
#define WIDEN(op) \
  op " %[A].4s, %[a].8h\n" op " %[B].4s, %[b].8h\n" op " %[C].4s, %[c].8h\n" op " %[D].4s, %[d].8h\n"
#define FOURS(next, widen) \
  MULTIPLY("smull", 0) MULTIPLY("smlal", 1) MULTIPLY("smlal", 2) MULTIPLY("smlal", 3) next WIDEN(widen)
#define TWOS(next, widen) \
  MULTIPLY("smull", 0) MULTIPLY("smlal", 1) WIDEN(widen) MULTIPLY("smull", 2) MULTIPLY("smlal", 3) next WIDEN("sadalp")
#define ONES(next, widen) \
  MULTIPLY("smull", 0) WIDEN(widen) MULTIPLY("smull", 1) WIDEN("sadalp") MULTIPLY("smull", 2) WIDEN("sadalp") \
  MULTIPLY("smull", 3) next WIDEN("sadalp")
// The next row's codes, as early as their registers are free.
#define LOAD "ld4r {%[x0].4s, %[x1].4s, %[x2].4s, %[x3].4s}, [%[p]]\n"
#define SUMS(mode) [A] mode(acc[0]), [B] mode(acc[1]), [C] mode(acc[2]), [D] mode(acc[3])
#define W(q) [l##q] "w"(w->low[q]), [h##q] "w"(w->high[q])
#define ROW(text, mode) \
  __asm__(text : SUMS(mode), [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d), [x0] "+w"(x0), [x1] "+w"(x1), \
          [x2] "+w"(x2), [x3] "+w"(x3) : W(0), W(1), W(2), W(3), [p] "r"(next), "m"(*(const int8_t(*)[16])next))
#define ROW_OF(body) \
  do { \
    if (first && last) ROW(body("", "saddlp"), "=&w"); \
    if (first && !last) ROW(body(LOAD, "saddlp"), "=&w"); \
    if (!first && last) ROW(body("", "sadalp"), "+w"); \
    if (!first && !last) ROW(body(LOAD, "sadalp"), "+w"); \
  } while (0)

// The codes of four groups; ld4r wants registers that follow each other.
typedef struct { int8x16_t q[4]; } codes;
#define CODES(q) register int8x16_t x##q __asm__("v2" #q)
typedef struct { int8x16_t low[4], high[4]; } half_weights;

// A channel's sum lies in two lanes. `first`: there are no sums yet.
INLINE void add_row(int32x4_t acc[4], codes *x, const int8_t *next, const half_weights *w, const int chain, const int first,
                    const int last) {
  CODES(0) = x->q[0];
  CODES(1) = x->q[1];
  CODES(2) = x->q[2];
  CODES(3) = x->q[3];
  int16x8_t a, b, c, d;
  if (chain == 4) ROW_OF(FOURS);
  if (chain == 2) ROW_OF(TWOS);
  if (chain == 1) ROW_OF(ONES);
  *x = (codes){{x0, x1, x2, x3}};
}

// Loads the weights and the codes of the first row. Counters and addresses are moved on here, where a core that runs in order waits for
// the loads anyway, those of the codes by instructions of their own: moved on by the loads they would hold it up elsewhere.
INLINE codes begin(const int8_t *a[ROWS], const int8_t **weights, ptrdiff_t *steps, half_weights *w) {
  CODES(0);
  CODES(1);
  CODES(2);
  CODES(3);
  __asm__(
    "ld4r {%[x0].4s, %[x1].4s, %[x2].4s, %[x3].4s}, [%[p]]\n"
    "ldp %q[l0], %q[h0], [%[w]]\n ldp %q[l1], %q[h1], [%[w], #64]\n"
    "ldp %q[l2], %q[h2], [%[w], #128]\n ldp %q[l3], %q[h3], [%[w], #192]\n"
    "add %[p], %[p], #16\n add %[p1], %[p1], #16\n add %[p2], %[p2], #16\n add %[p3], %[p3], #16\n"
    "add %[w], %[w], #256\n sub %[n], %[n], #1\n"
    : [x0] "=&w"(x0), [x1] "=&w"(x1), [x2] "=&w"(x2), [x3] "=&w"(x3), [l0] "=&w"(w->low[0]), [h0] "=&w"(w->high[0]),
      [l1] "=&w"(w->low[1]), [h1] "=&w"(w->high[1]), [l2] "=&w"(w->low[2]), [h2] "=&w"(w->high[2]), [l3] "=&w"(w->low[3]),
      [h3] "=&w"(w->high[3]), [p] "+&r"(a[0]), [p1] "+&r"(a[1]), [p2] "+&r"(a[2]), [p3] "+&r"(a[3]), [w] "+&r"(*weights),
      [n] "+&r"(*steps)
    : : "memory");
  return (codes){{x0, x1, x2, x3}};
}

// The same for one row and sixteen channels.
INLINE codes begin_one(const int8_t **a, const int8_t **weights, ptrdiff_t *steps, half_weights *w) {
  CODES(0);
  CODES(1);
  CODES(2);
  CODES(3);
  __asm__(
    "ld4r {%[x0].4s, %[x1].4s, %[x2].4s, %[x3].4s}, [%[p]], #16\n"
    "ldp %q[l0], %q[h0], [%[w]]\n ldp %q[l1], %q[h1], [%[w], #64]\n"
    "ldp %q[l2], %q[h2], [%[w], #128]\n ldp %q[l3], %q[h3], [%[w], #192]\n"
    "add %[w], %[w], #256\n sub %[n], %[n], #1\n"
    : [x0] "=&w"(x0), [x1] "=&w"(x1), [x2] "=&w"(x2), [x3] "=&w"(x3), [l0] "=&w"(w->low[0]), [h0] "=&w"(w->high[0]),
      [l1] "=&w"(w->low[1]), [h1] "=&w"(w->high[1]), [l2] "=&w"(w->low[2]), [h2] "=&w"(w->high[2]), [l3] "=&w"(w->low[3]),
      [h3] "=&w"(w->high[3]), [p] "+&r"(*a), [w] "+&r"(*weights), [n] "+&r"(*steps)
    : : "memory");
  return (codes){{x0, x1, x2, x3}};
}

// `*steps` is one less afterwards. Eight channels of `rows` rows, or sixteen of one.
INLINE void products(int32x4_t acc[][8], const int8_t *a[ROWS], const int8_t **weights, ptrdiff_t *steps, const int rows,
                     const int halves, const int chain, const int first) {
  half_weights w;
  codes x = rows == 1 ? begin_one(a, weights, steps, &w) : begin(a, weights, steps, &w);
  UNROLL for (int r = 0; r < rows; r++)
    add_row(acc[r], &x, a[r + 1 < rows ? r + 1 : r], &w, chain, first, r + 1 == rows);
  if (halves == 1) return;
  UNROLL for (int q = 0; q < 4; q++) {
    w.low[q] = vld1q_s8(*weights - 256 + 64 * q + 32);
    w.high[q] = vld1q_s8(*weights - 256 + 64 * q + 48);
  }
  add_row(acc[0] + 4, &x, a[0], &w, chain, first, 1);
}

// Fewer than four groups, the end of a tap.
#define END(load, text, outputs, ...) \
  __asm__(load ", [%[p]]\n" text : SUMS("+w"), [a] "=&w"(a), [b] "=&w"(b), [c] "=&w"(c), [d] "=&w"(d), outputs \
          : __VA_ARGS__, [p] "r"(p) : "memory")
#define X(q) [x##q] "=&w"(x##q)
#define COMMA ,
#define END1(text) END("ld1r {%[x0].4s}", text, X(0), W(0))
#define END2(text) END("ld2r {%[x0].4s, %[x1].4s}", text, X(0) COMMA X(1), W(0), W(1))
#define END3(text) END("ld3r {%[x0].4s, %[x1].4s, %[x2].4s}", text, X(0) COMMA X(1) COMMA X(2), W(0), W(1), W(2))

INLINE void add_end(int32x4_t acc[4], const int8_t *p, const half_weights *w, const int groups, const int chain) {
  CODES(0);
  CODES(1);
  CODES(2);
  int16x8_t a, b, c, d;
  if (groups == 1) END1(MULTIPLY("smull", 0) WIDEN("sadalp"));
  if (groups == 2 && chain > 1) END2(MULTIPLY("smull", 0) MULTIPLY("smlal", 1) WIDEN("sadalp"));
  if (groups == 2 && chain == 1) END2(MULTIPLY("smull", 0) WIDEN("sadalp") MULTIPLY("smull", 1) WIDEN("sadalp"));
  if (groups == 3 && chain == 4)
    END3(MULTIPLY("smull", 0) MULTIPLY("smlal", 1) MULTIPLY("smlal", 2) WIDEN("sadalp"));
  if (groups == 3 && chain == 2)
    END3(MULTIPLY("smull", 0) MULTIPLY("smlal", 1) WIDEN("sadalp") MULTIPLY("smull", 2) WIDEN("sadalp"));
  if (groups == 3 && chain == 1)
    END3(MULTIPLY("smull", 0) WIDEN("sadalp") MULTIPLY("smull", 1) WIDEN("sadalp") MULTIPLY("smull", 2) WIDEN("sadalp"));
}

INLINE void add_ends(int32x4_t acc[][8], const int8_t *const a[ROWS], const int8_t *weights, const int rows, const int halves,
                     const int groups, const int chain) {
  UNROLL for (int h = 0; h < halves; h++) {
    half_weights w;
    UNROLL for (int q = 0; q < groups; q++) {
      w.low[q] = vld1q_s8(weights + 64 * q + 32 * h);
      w.high[q] = vld1q_s8(weights + 64 * q + 32 * h + 16);
    }
    UNROLL for (int r = 0; r < rows; r++) add_end(acc[r] + 4 * h, r == 0 ? a[0] : a[r] + 16, &w, groups, chain);
  }
}

INLINE void add_ends_of(int32x4_t acc[][8], const int8_t *const a[ROWS], const int8_t *w, const int rows, const int halves,
                        const int groups, const unsigned chain) {
  switch (chain) {
    case 4: add_ends(acc, a, w, rows, halves, groups, 4); break;
    case 2: add_ends(acc, a, w, rows, halves, groups, 2); break;
    default: add_ends(acc, a, w, rows, halves, groups, 1); break;
  }
}

// What remains of a tap after its whole sixteens.
INLINE const int8_t *rest(ptrdiff_t byte_count, int32x4_t acc[][8], const int8_t *const a[ROWS], const int8_t *w, const int rows,
                          const int halves, const unsigned chain) {
  switch (byte_count) {
    case 12: add_ends_of(acc, a, w, rows, halves, 3, chain); break;
    case 8: add_ends_of(acc, a, w, rows, halves, 2, chain); break;
    default: add_ends(acc, a, w, rows, halves, 1, 1); break;
  }
  return w + 16 * byte_count;
}

// In assembly, lest clang sets them to zero ahead of every first step.
INLINE void clear(int32x4_t acc[][8], const int rows, const int count) {
  UNROLL for (int r = 0; r < rows; r++)
    UNROLL for (int j = 0; j < count; j++) __asm__ volatile("movi %0.2d, #0" : "=w"(acc[r][j]));
}

// A byte of edge_gemm_chains_s8: from ONES on, the number of steps of sixteen bytes with 16-bit sums of single products; from END on,
// the end of a tap, with the length of the sums in its last bytes; otherwise the numbers of steps whose sums have a length of four, and
// of those after them with a length of two.
enum { MOST_FOURS = 15, MOST_TWOS = 13, TWOS_SHIFT = 4, END = 0xe0, ONES = 0xf0, MOST_ONES = 15, LOW_BITS = 15 };

// Pointers are `ahead` if all but the first were moved by -16: these addresses are moved on before they are used.
INLINE void start_tap(const int8_t *a[ROWS], const int8_t *const *pointers, const int rows, const int ahead) {
  UNROLL for (int r = 0; r < ROWS; r++) a[r] = r == 0 ? pointers[0] : r >= rows ? a[0] : ahead ? pointers[r] : pointers[r] - 16;
}

// 8 * `halves` channels from c on. `*output` is channel c of the first row, then of the row after the tile.
INLINE void block(const layer *l, const int8_t *const *pointers, const int ahead, const int32_t *row_term, const int has_row_terms,
                  ptrdiff_t c, const int rows, const int halves, const int8_t *w, const uint8_t *chains, scale_kind kind,
                  int8_t **output) {
  int32x4_t acc[ROWS][8];
  const int8_t *a[ROWS];
  start_tap(a, pointers, rows, ahead);
  unsigned chain = *chains++;
  // The first step apart: it saves setting the sums to zero.
  ptrdiff_t low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
  if (chain < END) {
    if (low != 0) {
      products(acc, a, &w, &low, rows, halves, 4, 1);
    } else {
      products(acc, a, &w, &twos, rows, halves, 2, 1);
    }
  } else if (chain >= ONES) {
    products(acc, a, &w, &low, rows, halves, 1, 1);
  } else {
    clear(acc, rows, 4 * halves);
  }
  for (ptrdiff_t tap = l->p.taps;;) {
    // A loop for each length: one loop with branches in it would move its sums between registers.
    for (;;) {
      if (chain < END) {
        while (low != 0) products(acc, a, &w, &low, rows, halves, 4, 0);
        while (twos != 0) products(acc, a, &w, &twos, rows, halves, 2, 0);
      } else if (chain >= ONES) {
        while (low != 0) products(acc, a, &w, &low, rows, halves, 1, 0);
      } else {
        break;
      }
      chain = *chains++;
      low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
    }
    if (l->p.tap_byte_count & 15) w = rest(l->p.tap_byte_count & 15, acc, a, w, rows, halves, chain & LOW_BITS);
    if (--tap == 0) break;
    pointers += ROWS;
    start_tap(a, pointers, rows, ahead);
    chain = *chains++;
    low = chain & LOW_BITS, twos = chain >> TWOS_SHIFT;
  }
  int32x4_t sums[ROWS][4];
  UNROLL for (int j = 0; j < 2 * halves; j++) {
    int32x4_t bias = vld1q_s32(l->p.bias + c + 4 * j);
    UNROLL for (int r = 0; r < rows; r++) sums[r][j] = vaddq_s32(vpaddq_s32(acc[r][2 * j], acc[r][2 * j + 1]), bias);
  }
  if (has_row_terms) {
    int32x4_t terms[ROWS];
    if (rows == 4) {
      int32x4x4_t four = vld4q_dup_s32(row_term);
      UNROLL for (int r = 0; r < rows; r++) terms[r] = four.val[r];
    } else {
      UNROLL for (int r = 0; r < rows; r++) terms[r] = vld1q_dup_s32(row_term + r);
    }
    UNROLL for (int r = 0; r < rows; r++)
      UNROLL for (int j = 0; j < 2 * halves; j++) sums[r][j] = vaddq_s32(sums[r][j], terms[r]);
  }
  finish_tile(l, sums, rows, 2 * halves, c, kind, output);
}

// Tiles of `rows` rows. Those of eight channels follow each other, so that their weights stay near.
INLINE void tiles(const layer *l, const int8_t *const *pointers, const int ahead, const int32_t *row_term, const int has_row_terms,
                  int8_t *output, ptrdiff_t count, const int rows) {
  const ptrdiff_t chain_count = l->p.taps * (l->p.tap_byte_count / 16 + 1), weight_count = 16 * l->p.taps * l->p.tap_byte_count;
  const ptrdiff_t pointer_count = l->p.taps * ROWS;
  // One row takes sixteen channels at once.
  const int halves = rows == 1 ? 2 : 1;
  const int8_t *w = l->p.weights;
  const uint8_t *chains = rows == 1 ? l->p.notes : l->p.notes + chain_count;
  for (ptrdiff_t c = 0; c < l->p.channels; c += 8 * halves) {
    const scale_kind kind = kind_of_some(l->p.scale.shift + c, 2 * halves, l->kind);
    const int8_t *const *a = pointers;
    const int32_t *terms = row_term;
    int8_t *to = output + c;
    for (ptrdiff_t n = count; n != 0; n--, a += pointer_count, terms += rows)
      block(l, a, ahead, terms, has_row_terms, c, rows, halves, w, chains, kind, &to);
    // The second half of sixteen channels lies between the groups of the first.
    w += rows == 1 ? weight_count : c % 16 == 0 ? 32 : weight_count - 32;
    chains += rows == 1 ? 3 * chain_count : c % 16 == 0 ? chain_count : 2 * chain_count;
  }
}

static void tile_of(const layer *l, const int8_t *const *a, const int32_t *row_term, const int has_row_terms, int8_t *output,
                    ptrdiff_t rows) {
  switch (rows) {
    case 1: tiles(l, a, 0, row_term, has_row_terms, output, 1, 1); break;
    case 2: tiles(l, a, 0, row_term, has_row_terms, output, 1, 2); break;
    case 3: tiles(l, a, 0, row_term, has_row_terms, output, 1, 3); break;
    default: tiles(l, a, 0, row_term, has_row_terms, output, 1, 4); break;
  }
}

static void gemm(const edge_gemm_s8 *p) {
  const layer l = layer_of(p);
  int has_row_terms = 0;
  for (ptrdiff_t row = 0; row < p->rows; row++) has_row_terms |= p->row_term[row];
  if (p->row_step == 0) {
    tile_of(&l, p->a, p->row_term, has_row_terms, p->output, p->rows);
    return;
  }
  enum { TILES = 14 };
  const int8_t *a[TILES * ROWS * EDGE_RUN_TAPS];
  ptrdiff_t row = 0;
  while (p->rows - row >= ROWS) {
    const ptrdiff_t left = (p->rows - row) / ROWS, count = left < TILES ? left : TILES;
    point(p, row, count, ROWS, -16, a);
    tiles(&l, a, 1, p->row_term + row, has_row_terms, p->output + row * p->channels, count, ROWS);
    row += count * ROWS;
  }
  if (row == p->rows) return;
  point(p, row, 1, ROWS, 0, a);
  tile_of(&l, a, p->row_term + row, has_row_terms, p->output + row * p->channels, p->rows - row);
}

EDGE_GEMM_S8(edge_gemm_s8_4x16c4_neon) {
  assert(p->tap_byte_count % 4 == 0);
  if (!has_windows(p->taps, p->tap_byte_count)) {
    gemm(p);
    return;
  }
  int8_t windows[WINDOWS * WINDOW_BYTES];
  const int8_t *start;
  for (ptrdiff_t row = 0; row < p->rows; row += WINDOWS) {
    const edge_gemm_s8 some = windows_of(p, ROWS, row, windows, &start);
    gemm(&some);
  }
}

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
