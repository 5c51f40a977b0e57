// The steps of gemm_neon.c: four rows of sixteen bytes of depth, or fewer of either, by eight channels. ROWS is 4.

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

// The same for one row and sixteen channels, whose addresses the loads move on.
INLINE codes begin_one(const int8_t **a, const int8_t **weights, ptrdiff_t *steps, half_weights *w) {
  CODES(0);
  CODES(1);
  CODES(2);
  CODES(3);
  __asm__(
    "ld4r {%[x0].4s, %[x1].4s, %[x2].4s, %[x3].4s}, [%[p]], #16\n"
    "ldp %q[l0], %q[h0], [%[w]], #256\n ldp %q[l1], %q[h1], [%[w], #-192]\n"
    "ldp %q[l2], %q[h2], [%[w], #-128]\n ldp %q[l3], %q[h3], [%[w], #-64]\n"
    "sub %[n], %[n], #1\n"
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
