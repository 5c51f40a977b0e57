#define _GNU_SOURCE
#include "CEdgeSystem.h"
#include "last_error.h"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(edge_video_mjpeg == V4L2_PIX_FMT_MJPEG && edge_video_jpeg == V4L2_PIX_FMT_JPEG, "codes of formats");
_Static_assert(edge_video_yuyv == V4L2_PIX_FMT_YUYV, "codes of formats");

// Headers older than Linux 5.10 lack it.
#ifndef V4L2_CAP_IO_MC
#define V4L2_CAP_IO_MC 0x20000000
#endif

static bool control(int fd, unsigned long request, void *argument) {
  int result;
  // musl's request is an int: the codes are the same 32 bits.
  do result = ioctl(fd, request, argument); while (result < 0 && errno == EINTR);
  if (result >= 0) return true;
  last_error = errno;
  return false;
}

int edge_video_open(const char *path) {
  int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) last_error = errno;
  return fd;
}

bool edge_video_describe(int fd, edge_video_device *device) {
  struct v4l2_capability found = {0};
  if (!control(fd, VIDIOC_QUERYCAP, &found)) return false;
  const uint32_t flags = found.capabilities & V4L2_CAP_DEVICE_CAPS ? found.device_caps : found.capabilities;
  device->is_capture = (flags & V4L2_CAP_VIDEO_CAPTURE) && (flags & V4L2_CAP_STREAMING);
  device->needs_setup = flags & V4L2_CAP_IO_MC;
  // Drivers need not end these with a zero.
  memcpy(device->name, found.card, sizeof device->name - 1);
  device->name[sizeof device->name - 1] = 0;
  return true;
}

uint32_t edge_video_format(int fd, int index) {
  struct v4l2_fmtdesc found = {.index = (uint32_t)index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  return control(fd, VIDIOC_ENUM_FMT, &found) ? found.pixelformat : 0;
}

bool edge_video_size(int fd, uint32_t format, int index, edge_video_sizes *sizes) {
  struct v4l2_frmsizeenum found = {.index = (uint32_t)index, .pixel_format = format};
  if (!control(fd, VIDIOC_ENUM_FRAMESIZES, &found)) return false;
  if (found.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
    *sizes = (edge_video_sizes){
      .width = found.discrete.width, .height = found.discrete.height, .largest_width = found.discrete.width,
      .largest_height = found.discrete.height, .width_step = 1, .height_step = 1};
    return true;
  }
  // One answer stands for all sizes.
  if (index > 0) return false;
  *sizes = (edge_video_sizes){
    .width = found.stepwise.min_width, .height = found.stepwise.min_height, .largest_width = found.stepwise.max_width,
    .largest_height = found.stepwise.max_height, .width_step = found.stepwise.step_width,
    .height_step = found.stepwise.step_height};
  return true;
}

bool edge_video_interval(int fd, uint32_t format, uint32_t width, uint32_t height, int index, edge_video_fraction *interval) {
  struct v4l2_frmivalenum found = {.index = (uint32_t)index, .pixel_format = format, .width = width, .height = height};
  if (!control(fd, VIDIOC_ENUM_FRAMEINTERVALS, &found)) return false;
  if (found.type != V4L2_FRMIVAL_TYPE_DISCRETE && index > 0) return false;
  const struct v4l2_fract *fraction = found.type == V4L2_FRMIVAL_TYPE_DISCRETE ? &found.discrete : &found.stepwise.min;
  *interval = (edge_video_fraction){fraction->numerator, fraction->denominator};
  return true;
}

bool edge_video_configure(int fd, uint32_t format, edge_video_mode *mode) {
  struct v4l2_format wanted = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  wanted.fmt.pix.width = mode->width;
  wanted.fmt.pix.height = mode->height;
  wanted.fmt.pix.pixelformat = format;
  wanted.fmt.pix.field = V4L2_FIELD_ANY;
  if (!control(fd, VIDIOC_S_FMT, &wanted)) return false;
  if (wanted.fmt.pix.pixelformat != format) { last_error = EINVAL; return false; }
  mode->width = wanted.fmt.pix.width;
  mode->height = wanted.fmt.pix.height;
  mode->bytes_per_row = wanted.fmt.pix.bytesperline;
  mode->is_full_range = wanted.fmt.pix.quantization == V4L2_QUANTIZATION_FULL_RANGE;

  // Not every camera lets its rate be set; it then keeps its own.
  struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  if (mode->interval.denominator > 0) {
    rate.parm.capture.timeperframe = (struct v4l2_fract){mode->interval.numerator, mode->interval.denominator};
    control(fd, VIDIOC_S_PARM, &rate);
  } else {
    control(fd, VIDIOC_G_PARM, &rate);
  }
  mode->interval = (edge_video_fraction){rate.parm.capture.timeperframe.numerator, rate.parm.capture.timeperframe.denominator};
  return true;
}

enum { most_buffers = 8 };

struct edge_video_stream {
  int fd;
  uint32_t count;
  struct { void *start; size_t byte_count; } buffers[most_buffers];
};

static bool give_back(int fd, uint32_t index) {
  struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = index};
  return control(fd, VIDIOC_QBUF, &buffer);
}

static bool begin(edge_video_stream *stream, uint32_t count) {
  struct v4l2_requestbuffers request = {.count = count, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  if (!control(stream->fd, VIDIOC_REQBUFS, &request)) return false;
  if (request.count < 2) { last_error = ENOMEM; return false; }
  for (uint32_t i = 0; i < request.count && i < most_buffers; i++) {
    struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = i};
    if (!control(stream->fd, VIDIOC_QUERYBUF, &buffer)) return false;
    void *start = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, stream->fd, buffer.m.offset);
    if (start == MAP_FAILED) { last_error = errno; return false; }
    stream->buffers[i].start = start;
    stream->buffers[i].byte_count = buffer.length;
    stream->count = i + 1;
    if (!give_back(stream->fd, i)) return false;
  }
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  return control(stream->fd, VIDIOC_STREAMON, &type);
}

edge_video_stream *edge_video_start(int fd, int buffer_count) {
  edge_video_stream *stream = calloc(1, sizeof *stream);
  if (!stream) { last_error = ENOMEM; return NULL; }
  stream->fd = fd;
  if (begin(stream, (uint32_t)buffer_count)) return stream;
  int error = last_error;
  edge_video_stop(stream);
  last_error = error;
  return NULL;
}

edge_video_result edge_video_take(edge_video_stream *stream, edge_video_frame *frame) {
  struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  if (!control(stream->fd, VIDIOC_DQBUF, &buffer)) return last_error == EAGAIN ? edge_video_none : edge_video_lost;
  if (buffer.index >= stream->count) { last_error = EIO; return edge_video_lost; }
  const size_t most = stream->buffers[buffer.index].byte_count;
  frame->bytes = stream->buffers[buffer.index].start;
  frame->byte_count = (ptrdiff_t)(buffer.bytesused < most ? buffer.bytesused : most);
  frame->index = buffer.index;
  frame->sequence = buffer.sequence;
  // Other clocks cannot be compared with ours.
  const bool is_monotonic = (buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  frame->captured_ns = is_monotonic
    ? (int64_t)buffer.timestamp.tv_sec * 1000000000 + (int64_t)buffer.timestamp.tv_usec * 1000 : edge_clock_ns();
  return edge_video_taken;
}

bool edge_video_give_back(edge_video_stream *stream, const edge_video_frame *frame) { return give_back(stream->fd, frame->index); }

void edge_video_stop(edge_video_stream *stream) {
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  control(stream->fd, VIDIOC_STREAMOFF, &type);
  for (uint32_t i = 0; i < stream->count; i++) munmap(stream->buffers[i].start, stream->buffers[i].byte_count);
  struct v4l2_requestbuffers none = {.count = 0, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  control(stream->fd, VIDIOC_REQBUFS, &none);
  free(stream);
}
