// From a run of rows to its tiles. Included by a file that defines
//   NAME, TARGET, ROWS
//   AHEAD                               by how much pointers of rows are to be moved, but those of a tile's first
//   tiles(&layer, pointers, ahead, reads_on, row_term, has_row_terms, output, count, rows)
//                                       computes tiles of `rows` rows; pointers, [count][taps][ROWS], are moved so if `ahead`; reads_on:
//                                       other rows of the run follow

// One tile, with or without a run.
TARGET static void tile_of(const layer *l, const int8_t *const *a, const int32_t *row_term, const int has_row_terms, int8_t *output,
                           ptrdiff_t rows) {
  if (rows == 1) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, 1);
  if (rows == 2) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, 2);
  if (rows == 3) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, 3);
  if (rows == 4 && ROWS > 4) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, 4);
  if (rows == 5 && ROWS > 5) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, 5);
  if (rows == ROWS) tiles(l, a, 0, 0, row_term, has_row_terms, output, 1, ROWS);
}

TARGET static void gemm(const edge_gemm_s8 *p) {
  const layer l = layer_of(p);
  int has_row_terms = 0;
  for (ptrdiff_t row = 0; row < p->rows; row++) has_row_terms |= p->row_term[row];
  if (p->row_step == 0) {
    tile_of(&l, p->a, p->row_term, has_row_terms, p->output, p->rows);
    return;
  }
  // Of the longest runs there are.
  enum { TILES = 56 / ROWS };
  const int8_t *a[TILES * ROWS * EDGE_RUN_TAPS];
  ptrdiff_t row = 0;
  while (p->rows - row >= ROWS) {
    const ptrdiff_t left = (p->rows - row) / ROWS, count = left < TILES ? left : TILES;
    const int reads_on = row + count * ROWS < p->rows;
    point(p, row, count, ROWS, AHEAD, a);
    tiles(&l, a, 1, reads_on, p->row_term + row, has_row_terms, p->output + row * p->channels, count, ROWS);
    row += count * ROWS;
  }
  if (row == p->rows) return;
  point(p, row, 1, ROWS, 0, a);
  tile_of(&l, a, p->row_term + row, has_row_terms, p->output + row * p->channels, p->rows - row);
}

TARGET EDGE_GEMM_S8(NAME) {
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
