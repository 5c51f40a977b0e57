#include "CEdgeJPEG.h"

#include <setjmp.h>
#include <stdio.h>  // jpeglib.h needs FILE
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#if !defined(LIBJPEG_TURBO_VERSION_NUMBER) || LIBJPEG_TURBO_VERSION_NUMBER < 2000000
#error "libjpeg-turbo 2.0 or newer is needed: older ones refuse MJPEG frames that leave out the standard Huffman tables"
#endif

struct ej_decoder {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  int is_open;
  const uint8_t *rest;  // bytes that libjpeg has not been given yet
  size_t rest_count;
  int input_ended;  // libjpeg asked for bytes behind the last one
  int scan_limit;
  uint32_t warnings;
  ej_status failure;
  char message[JMSG_LENGTH_MAX];
};

static ej_decoder *owner(j_common_ptr jpeg) { return jpeg->client_data; }

// Leaves through the setjmp of the entry point that is running.
static _Noreturn void fail(ej_decoder *decoder, ej_status status) {
  decoder->failure = status;
  longjmp(decoder->escape, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg) {
  ej_decoder *decoder = owner(jpeg);
  decoder->errors.format_message(jpeg, decoder->message);
  switch (decoder->errors.msg_code) {
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_J_COLORSPACE:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
      fail(decoder, EJ_UNSUPPORTED);
    case JERR_NO_BACKING_STORE:
    case JERR_OUT_OF_MEMORY:
    case JERR_WIDTH_OVERFLOW:
      fail(decoder, EJ_MEMORY);
    default:
      fail(decoder, decoder->input_ended ? EJ_TRUNCATED : EJ_DAMAGED);
  }
}

// Negative levels are warnings, the others traces. libjpeg would go on after a warning with made-up samples; here only those
// that leave the samples alone are survived.
static void on_message(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  ej_decoder *decoder = owner(jpeg);
  decoder->warnings++;
  switch (decoder->errors.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_NOT_SEQUENTIAL:
      return;
    default:
      on_error(jpeg);
  }
}

static void on_output(j_common_ptr jpeg) { (void)jpeg; }

// Called per row of blocks while all scans of a picture are read.
static void on_progress(j_common_ptr jpeg) {
  ej_decoder *decoder = owner(jpeg);
  if (decoder->jpeg.input_scan_number > decoder->scan_limit) fail(decoder, EJ_SCANS);
}

static void source_init(j_decompress_ptr jpeg) { (void)jpeg; }

// libjpeg-turbo's fast Huffman decoder takes a code that is not in the table for a 0 and says nothing. It is used only where
// 512 bytes are at hand; the careful one costs 2 to 5 % of the time of a decode (1920 x 1080 photograph, x86-64).
enum { portion = 256 };

// The bit reader looks ahead, so reaching the end is no error by itself. It gets an end-of-image marker; if samples are still
// missing then, libjpeg warns.
static boolean source_fill(j_decompress_ptr jpeg) {
  static const JOCTET end_of_image[2] = {0xFF, JPEG_EOI};
  ej_decoder *decoder = owner((j_common_ptr)jpeg);
  if (decoder->rest_count == 0) {
    decoder->input_ended = 1;
    jpeg->src->next_input_byte = end_of_image;
    jpeg->src->bytes_in_buffer = sizeof end_of_image;
    return TRUE;
  }
  size_t count = decoder->rest_count < portion ? decoder->rest_count : portion;
  jpeg->src->next_input_byte = decoder->rest;
  jpeg->src->bytes_in_buffer = count;
  decoder->rest += count;
  decoder->rest_count -= count;
  return TRUE;
}

static void source_skip(j_decompress_ptr jpeg, long count) {
  if (count <= 0) return;
  size_t skipped = (size_t)count;
  if (skipped <= jpeg->src->bytes_in_buffer) {
    jpeg->src->next_input_byte += skipped;
    jpeg->src->bytes_in_buffer -= skipped;
    return;
  }
  ej_decoder *decoder = owner((j_common_ptr)jpeg);
  skipped -= jpeg->src->bytes_in_buffer;
  jpeg->src->bytes_in_buffer = 0;
  if (skipped > decoder->rest_count) skipped = decoder->rest_count;
  decoder->rest += skipped;
  decoder->rest_count -= skipped;
}

ej_decoder *ej_create(void) { return calloc(1, sizeof(ej_decoder)); }

void ej_destroy(ej_decoder *decoder) {
  if (decoder == NULL) return;
  ej_close(decoder);
  free(decoder);
}

void ej_close(ej_decoder *decoder) {
  if (!decoder->is_open) return;
  decoder->is_open = 0;
  if (setjmp(decoder->escape)) return;
  jpeg_destroy_decompress(&decoder->jpeg);
}

// Bytes of all DCT coefficients: blocks of 64 int16, each component padded to whole MCUs.
static uint64_t coefficient_bytes(const struct jpeg_decompress_struct *jpeg) {
  uint64_t mcu_width = 8u * (uint64_t)jpeg->max_h_samp_factor, mcu_height = 8u * (uint64_t)jpeg->max_v_samp_factor;
  uint64_t mcus = ((jpeg->image_width + mcu_width - 1) / mcu_width) * ((jpeg->image_height + mcu_height - 1) / mcu_height);
  uint64_t bytes = 0;
  for (int i = 0; i < jpeg->num_components; i++) {
    const jpeg_component_info *component = &jpeg->comp_info[i];
    bytes += mcus * (uint64_t)component->h_samp_factor * (uint64_t)component->v_samp_factor * sizeof(JBLOCK);
  }
  return bytes;
}

ej_status ej_open(ej_decoder *decoder, const uint8_t *bytes, size_t count, size_t memory_limit, uint32_t scan_limit,
                  ej_header *header) {
  ej_close(decoder);
  memset(decoder, 0, sizeof *decoder);
  if (setjmp(decoder->escape)) return decoder->failure;

  // A new object for each picture: libjpeg keeps quantization and Huffman tables for the next one, and a file that lacks
  // its own would come out differently after each predecessor.
  decoder->jpeg.err = jpeg_std_error(&decoder->errors);
  decoder->errors.error_exit = on_error;
  decoder->errors.emit_message = on_message;
  decoder->errors.output_message = on_output;
  decoder->jpeg.client_data = decoder;
  decoder->is_open = 1;
  jpeg_create_decompress(&decoder->jpeg);
  decoder->jpeg.mem->max_memory_to_use = memory_limit > INT32_MAX ? INT32_MAX : (long)memory_limit;

  decoder->scan_limit = scan_limit > INT32_MAX ? INT32_MAX : (int)scan_limit;
  decoder->progress.progress_monitor = on_progress;
  decoder->jpeg.progress = &decoder->progress;

  decoder->source.init_source = source_init;
  decoder->source.fill_input_buffer = source_fill;
  decoder->source.skip_input_data = source_skip;
  decoder->source.resync_to_restart = jpeg_resync_to_restart;
  decoder->source.term_source = source_init;
  decoder->rest = bytes;
  decoder->rest_count = count;
  decoder->jpeg.src = &decoder->source;

  jpeg_read_header(&decoder->jpeg, TRUE);

  const struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
  header->width = jpeg->image_width;
  header->height = jpeg->image_height;
  header->components = (uint32_t)jpeg->num_components;
  header->has_luma = jpeg->jpeg_color_space == JCS_GRAYSCALE || jpeg->jpeg_color_space == JCS_YCbCr;
  header->multiple_scans = jpeg_has_multiple_scans(&decoder->jpeg);
  header->coefficient_bytes = header->multiple_scans ? coefficient_bytes(jpeg) : 0;
  return EJ_OK;
}

ej_status ej_start(ej_decoder *decoder, uint32_t eighths, int luma_only, ej_output *output) {
  if (!decoder->is_open) return EJ_DAMAGED;
  if (setjmp(decoder->escape)) return decoder->failure;
  struct jpeg_decompress_struct *jpeg = &decoder->jpeg;
  jpeg->scale_num = eighths;
  jpeg->scale_denom = 8;
  jpeg->dct_method = JDCT_ISLOW;
  jpeg->do_fancy_upsampling = TRUE;  // also keeps libjpeg from merging upsampling and colour conversion
  jpeg->do_block_smoothing = FALSE;  // a guess at coefficients that never came, different in each libjpeg
  switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE:
      jpeg->out_color_space = JCS_GRAYSCALE;
      output->samples = EJ_GRAY;
      break;
    case JCS_YCbCr:
      jpeg->out_color_space = luma_only ? JCS_GRAYSCALE : JCS_RGB;
      output->samples = luma_only ? EJ_GRAY : EJ_RGB;
      break;
    case JCS_RGB:
      jpeg->out_color_space = JCS_RGB;
      output->samples = EJ_RGB;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg->out_color_space = JCS_CMYK;
      output->samples = jpeg->saw_Adobe_marker ? EJ_CMYK_INVERTED : EJ_CMYK;
      break;
    default:
      jpeg->err->msg_code = JERR_BAD_J_COLORSPACE;
      on_error((j_common_ptr)jpeg);
  }
  jpeg_start_decompress(jpeg);
  // Nothing warns of scans that are missing whole, nor of an arithmetic-coded segment that stops early.
  if (decoder->input_ended && (jpeg_has_multiple_scans(jpeg) || jpeg->arith_code)) fail(decoder, EJ_TRUNCATED);
  output->width = jpeg->output_width;
  output->height = jpeg->output_height;
  return EJ_OK;
}

ej_status ej_read_row(ej_decoder *decoder, uint8_t *row) {
  if (!decoder->is_open || decoder->jpeg.output_scanline >= decoder->jpeg.output_height) return EJ_DAMAGED;
  if (setjmp(decoder->escape)) return decoder->failure;
  JSAMPROW rows[1] = {row};
  if (jpeg_read_scanlines(&decoder->jpeg, rows, 1) != 1) fail(decoder, EJ_DAMAGED);
  if (decoder->input_ended && decoder->jpeg.arith_code) fail(decoder, EJ_TRUNCATED);
  return EJ_OK;
}

uint32_t ej_row_count(const ej_decoder *decoder) { return decoder->is_open ? decoder->jpeg.output_scanline : 0; }

uint32_t ej_warning_count(const ej_decoder *decoder) { return decoder->warnings; }

const char *ej_message(const ej_decoder *decoder) { return decoder->message; }
