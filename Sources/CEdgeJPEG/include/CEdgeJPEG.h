// JPEG decoding for EdgeImage: a thin layer over libjpeg-turbo (2.0 or newer, API level 62).
//
// libjpeg reports errors by longjmp. Every function here sets its own target, so a jump never crosses a caller's frame.
// The pixels of a file depend on nothing but its bytes, `eighths` and `luma_only`: the DCT is islow, chroma is upsampled by
// the triangle filter, blocks are not smoothed, and no table survives from one picture to the next. libjpeg-turbo's vector
// code gives the same samples on every CPU for coefficients that an encoder can have written; damage that goes unnoticed
// may bring others, beyond 16 bits, where they differ.
#ifndef CEDGEJPEG_H
#define CEDGEJPEG_H

#include <stddef.h>
#include <stdint.h>

typedef struct ej_decoder ej_decoder;

typedef enum {
  EJ_OK = 0,
  EJ_TRUNCATED,    // the file ends before the picture does
  EJ_DAMAGED,      // the bytes contradict the format
  EJ_UNSUPPORTED,  // a valid JPEG that the linked libjpeg does not decode
  EJ_MEMORY,       // would need more than `memory_limit`, or malloc failed
  EJ_SCANS,        // more than `scan_limit` scans
} ej_status;

// What the stored samples are. Values are stable.
typedef enum {
  EJ_GRAY = 1,     // 1 sample a pixel
  EJ_RGB = 3,      // 3 samples
  EJ_CMYK = 4,     // 4 samples, 0 = no ink
  EJ_CMYK_INVERTED = 5,  // 4 samples, 255 = no ink: files with an Adobe marker
} ej_samples;

typedef struct {
  uint32_t width, height;  // in pixels, as stored: no orientation applied
  uint32_t components;     // 1, 3 or 4
  int32_t has_luma;        // 1: gray output is the Y channel as stored
  int32_t multiple_scans;  // 1: progressive, or one scan per component; all coefficients are held in memory
  uint64_t coefficient_bytes;  // what they take; 0 if `multiple_scans` is 0
} ej_header;

typedef struct {
  uint32_t width, height;  // ceil(stored · eighths / 8)
  ej_samples samples;
} ej_output;

// One allocation, reused for any number of pictures by one thread at a time. NULL if malloc fails.
ej_decoder *ej_create(void);
void ej_destroy(ej_decoder *decoder);

// Reads all markers up to the first scan. `bytes` must stay valid until `ej_close` or the next `ej_open`.
ej_status ej_open(ej_decoder *decoder, const uint8_t *bytes, size_t count, size_t memory_limit, uint32_t scan_limit,
                  ej_header *header);

// Begins decoding at `eighths`/8 of the stored size, 1...8. `luma_only` gives one sample a pixel where `has_luma` is 1, and is
// ignored elsewhere. Files with multiple scans are read to their end here.
ej_status ej_start(ej_decoder *decoder, uint32_t eighths, int luma_only, ej_output *output);

// The next row: `width` times 1, 3 or 4 samples. Calls beyond `height` rows are EJ_DAMAGED.
ej_status ej_read_row(ej_decoder *decoder, uint8_t *row);

// Rows returned so far, and warnings that did not end the decoding (such as stray bytes between segments).
uint32_t ej_row_count(const ej_decoder *decoder);
uint32_t ej_warning_count(const ej_decoder *decoder);

// What libjpeg said about the last failure, NUL-terminated. Valid until the next `ej_open`.
const char *ej_message(const ej_decoder *decoder);

// Frees what the picture took; the decoder stays usable. May be called at any time.
void ej_close(ej_decoder *decoder);

#endif
