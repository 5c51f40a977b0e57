// A camera for tests, where there is none: /dev/video0 of Video for Linux 2, as far as edgeinfer uses it.
//
// It stands in front of open, ioctl and mmap, in one of two ways:
//   preloaded     cc -shared -fPIC fake_camera.c -o fake_camera.so -lpthread; LD_PRELOAD=fake_camera.so edgeinfer --camera
//   linked        cc -DFAKE_CAMERA_WRAP -c fake_camera.c; link with -Wl,--wrap=open,--wrap=ioctl,--wrap=mmap
//
// FAKE_CAMERA_FRAMES  a file of pictures, one behind the other, JPEG or of 160x120 pixels in YUYV: frame n shows picture n modulo
//                     their number
// FAKE_CAMERA_RATE    frames a second (30)
// FAKE_CAMERA_FORMAT  four letters (MJPG)
// FAKE_CAMERA_CHAIN   if set, it says that others must set it up
// FAKE_CAMERA_EVENTS  what goes wrong, at which frame, for how many ms: "cut@5 noise@9 stall@30+2000 vanish@60+1500 end@99"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifdef FAKE_CAMERA_WRAP
#define FAKE(name) __wrap_##name
int __real_open(const char *path, int flags, ...);
int __real_ioctl(int fd, int request, ...);
void *__real_mmap(void *start, size_t count, int protection, int flags, int fd, off_t offset);
#define REAL(name) __real_##name
typedef int request_t;
#else
#include <dlfcn.h>
#define FAKE(name) name
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
typedef unsigned long request_t;
#endif

enum { buffer_count_most = 8, picture_count_most = 256, buffer_bytes = 4 << 20 };

typedef struct { uint8_t *start; size_t bytes_used; uint32_t sequence; struct timeval time; bool is_queued, is_done; } buffer_t;

static struct {
  pthread_mutex_t mutex;
  uint8_t *pictures[picture_count_most];
  size_t picture_bytes[picture_count_most];
  int picture_count;
  // The open device, or -1. A counting eventfd: readable while frames are ready.
  int fd;
  buffer_t buffers[buffer_count_most];
  uint32_t buffer_count;
  bool is_streaming, is_gone;
  // Frames of all times: events go by it. Frames since it was opened: the driver's number.
  uint32_t frame, sequence;
  int64_t back_ns;
  pthread_t thread;
  bool has_thread;
} camera = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static const uint32_t sizes[][2] = {{160, 120}, {320, 240}, {640, 480}, {1920, 1080}};
static const uint32_t rates[] = {30, 15};

static uint32_t pixel_format(void) {
  const char *letters = getenv("FAKE_CAMERA_FORMAT");
  if (!letters || strlen(letters) != 4) return V4L2_PIX_FMT_MJPEG;
  return v4l2_fourcc(letters[0], letters[1], letters[2], letters[3]);
}

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void read_pictures(void) {
  const char *path = getenv("FAKE_CAMERA_FRAMES");
  int fd = path ? REAL(open)(path, O_RDONLY) : -1;
  if (fd < 0) { fprintf(stderr, "fake camera: set FAKE_CAMERA_FRAMES\n"); _exit(99); }
  const off_t count = lseek(fd, 0, SEEK_END);
  uint8_t *bytes = malloc((size_t)count);
  lseek(fd, 0, SEEK_SET);
  if (read(fd, bytes, (size_t)count) != count) _exit(99);
  close(fd);
  if (pixel_format() == V4L2_PIX_FMT_YUYV) {
    const size_t picture_bytes = 2 * sizes[0][0] * sizes[0][1];
    for (size_t i = 0; i + picture_bytes <= (size_t)count && camera.picture_count < picture_count_most; i += picture_bytes) {
      camera.pictures[camera.picture_count] = bytes + i;
      camera.picture_bytes[camera.picture_count++] = picture_bytes;
    }
    return;
  }
  // The pictures of tests have no previews, so each start of image starts a picture.
  for (off_t i = 0; i + 2 < count && camera.picture_count < picture_count_most; i++) {
    if (bytes[i] != 0xFF || bytes[i + 1] != 0xD8 || bytes[i + 2] != 0xFF) continue;
    if (camera.picture_count > 0) {
      uint8_t *last = camera.pictures[camera.picture_count - 1];
      camera.picture_bytes[camera.picture_count - 1] = (size_t)(bytes + i - last);
    }
    camera.pictures[camera.picture_count] = bytes + i;
    camera.picture_bytes[camera.picture_count++] = (size_t)(count - i);
  }
}

// Whether FAKE_CAMERA_EVENTS has `kind` at this frame, and for how long.
static bool happens(const char *kind, uint32_t frame, int64_t *duration_ns) {
  const char *events = getenv("FAKE_CAMERA_EVENTS");
  char word[32];
  int length = snprintf(word, sizeof word, "%s@%u", kind, frame);
  for (const char *next = events ? strstr(events, word) : NULL; next; next = strstr(next + 1, word)) {
    const char end = next[length];
    if ((next > events && next[-1] != ' ') || (end != 0 && end != ' ' && end != '+')) continue;
    *duration_ns = end == '+' ? atoll(next + length + 1) * 1000000 : 0;
    return true;
  }
  return false;
}

static void fill(buffer_t *buffer, uint32_t frame) {
  const int picture = (int)(frame % (uint32_t)camera.picture_count);
  size_t count = camera.picture_bytes[picture];
  memcpy(buffer->start, camera.pictures[picture], count);
  int64_t ignored;
  if (happens("cut", frame, &ignored)) count /= 2;
  if (happens("noise", frame, &ignored)) for (size_t i = count / 4; i < count; i++) buffer->start[i] = (uint8_t)(i * 167 + frame);
  buffer->bytes_used = count;
}

// One frame: into a buffer that waits for it, or nowhere.
static void take_frame(void) {
  buffer_t *free_buffer = NULL;
  for (uint32_t i = 0; i < camera.buffer_count && !free_buffer; i++) {
    if (camera.buffers[i].is_queued && !camera.buffers[i].is_done) free_buffer = &camera.buffers[i];
  }
  const uint32_t frame = camera.frame++, sequence = camera.sequence++;
  if (!free_buffer) return;
  fill(free_buffer, frame);
  const int64_t now = now_ns();
  free_buffer->time = (struct timeval){.tv_sec = now / 1000000000, .tv_usec = now % 1000000000 / 1000};
  free_buffer->sequence = sequence;
  free_buffer->is_done = true;
  eventfd_write(camera.fd, 1);
}

// Pulled out: the buffers are no longer ours to fill, and whoever waits wakes up.
static void vanish(int64_t back_ns) {
  camera.is_gone = true;
  camera.is_streaming = false;
  camera.back_ns = back_ns;
  camera.frame++;
  eventfd_write(camera.fd, 1);
}

static void *work(void *ignored) {
  const char *rate = getenv("FAKE_CAMERA_RATE");
  const int64_t period = 1000000000 / (rate ? atoll(rate) : 30);
  int64_t next = now_ns();
  while (true) {
    next += period;
    struct timespec until = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
    pthread_mutex_lock(&camera.mutex);
    int64_t duration = 0;
    if (camera.is_streaming) {
      if (happens("vanish", camera.frame, &duration)) {
        vanish(now_ns() + duration);
      } else if (happens("end", camera.frame, &duration)) {
        vanish(INT64_MAX);
      } else if (happens("stall", camera.frame, &duration)) {
        next += duration;
        camera.frame++;
        camera.sequence++;
      } else {
        take_frame();
      }
    }
    pthread_mutex_unlock(&camera.mutex);
  }
  return ignored;
}

static int open_camera(void) {
  pthread_mutex_lock(&camera.mutex);
  int fd = -1;
  if (camera.is_gone && now_ns() >= camera.back_ns) camera.is_gone = false;
  if (camera.is_gone) {
    errno = ENOENT;
  } else {
    if (camera.picture_count == 0) read_pictures();
    fd = camera.fd = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE | EFD_CLOEXEC);
    camera.sequence = 0;
    camera.is_streaming = false;
    camera.buffer_count = 0;
    if (!camera.has_thread) camera.has_thread = pthread_create(&camera.thread, NULL, work, NULL) == 0;
  }
  pthread_mutex_unlock(&camera.mutex);
  return fd;
}

static bool is_camera(const char *path) { return strcmp(path, "/dev/video0") == 0; }

int FAKE(open)(const char *path, int flags, ...) {
  if (is_camera(path)) return open_camera();
  va_list list;
  va_start(list, flags);
  const int mode = va_arg(list, int);
  va_end(list);
  return REAL(open)(path, flags, mode);
}

static int fail(int error) {
  errno = error;
  return -1;
}

static int enumerate(request_t request, void *argument) {
  switch (request) {
    case (request_t)VIDIOC_QUERYCAP: {
      struct v4l2_capability *found = argument;
      memset(found, 0, sizeof *found);
      strcpy((char *)found->card, "Fake camera");
      strcpy((char *)found->driver, "fake");
      found->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      if (getenv("FAKE_CAMERA_CHAIN")) found->device_caps |= V4L2_CAP_IO_MC;
      found->capabilities = found->device_caps | V4L2_CAP_DEVICE_CAPS;
      return 0;
    }
    case (request_t)VIDIOC_ENUM_FMT: {
      struct v4l2_fmtdesc *found = argument;
      if (found->index > 0) return fail(EINVAL);
      found->pixelformat = pixel_format();
      return 0;
    }
    case (request_t)VIDIOC_ENUM_FRAMESIZES: {
      struct v4l2_frmsizeenum *found = argument;
      if (found->index >= sizeof sizes / sizeof *sizes) return fail(EINVAL);
      found->type = V4L2_FRMSIZE_TYPE_DISCRETE;
      found->discrete.width = sizes[found->index][0];
      found->discrete.height = sizes[found->index][1];
      return 0;
    }
    default: {
      struct v4l2_frmivalenum *found = argument;
      if (found->index >= sizeof rates / sizeof *rates) return fail(EINVAL);
      found->type = V4L2_FRMIVAL_TYPE_DISCRETE;
      found->discrete = (struct v4l2_fract){1, rates[found->index]};
      return 0;
    }
  }
}

static int dequeue(struct v4l2_buffer *argument) {
  eventfd_t ignored;
  if (eventfd_read(camera.fd, &ignored) != 0) return -1;
  buffer_t *oldest = NULL;
  for (uint32_t i = 0; i < camera.buffer_count; i++) {
    buffer_t *buffer = &camera.buffers[i];
    if (buffer->is_done && (!oldest || buffer->sequence < oldest->sequence)) oldest = buffer;
  }
  if (!oldest) return fail(EAGAIN);
  oldest->is_done = oldest->is_queued = false;
  argument->index = (uint32_t)(oldest - camera.buffers);
  argument->bytesused = (uint32_t)oldest->bytes_used;
  argument->sequence = oldest->sequence;
  argument->timestamp.tv_sec = oldest->time.tv_sec;
  argument->timestamp.tv_usec = oldest->time.tv_usec;
  argument->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  return 0;
}

static int control(request_t request, void *argument) {
  if (camera.is_gone) return fail(ENODEV);
  switch (request) {
    case (request_t)VIDIOC_QUERYCAP:
    case (request_t)VIDIOC_ENUM_FMT:
    case (request_t)VIDIOC_ENUM_FRAMESIZES:
    case (request_t)VIDIOC_ENUM_FRAMEINTERVALS: return enumerate(request, argument);
    case (request_t)VIDIOC_S_FMT: {
      struct v4l2_format *format = argument;
      if (pixel_format() == V4L2_PIX_FMT_YUYV) format->fmt.pix.bytesperline = 2 * format->fmt.pix.width;
      return 0;
    }
    case (request_t)VIDIOC_S_PARM:
    case (request_t)VIDIOC_G_PARM: {
      struct v4l2_streamparm *rate = argument;
      if (rate->parm.capture.timeperframe.denominator == 0) rate->parm.capture.timeperframe = (struct v4l2_fract){1, rates[0]};
      return 0;
    }
    case (request_t)VIDIOC_REQBUFS: {
      struct v4l2_requestbuffers *wanted = argument;
      if (wanted->count > buffer_count_most) wanted->count = buffer_count_most;
      camera.buffer_count = wanted->count;
      return 0;
    }
    case (request_t)VIDIOC_QUERYBUF: {
      struct v4l2_buffer *buffer = argument;
      buffer->length = buffer_bytes;
      buffer->m.offset = buffer->index * buffer_bytes;
      return 0;
    }
    case (request_t)VIDIOC_QBUF: {
      struct v4l2_buffer *buffer = argument;
      camera.buffers[buffer->index].is_queued = true;
      camera.buffers[buffer->index].is_done = false;
      return 0;
    }
    case (request_t)VIDIOC_STREAMON: camera.is_streaming = true; return 0;
    case (request_t)VIDIOC_STREAMOFF: camera.is_streaming = false; return 0;
    case (request_t)VIDIOC_DQBUF: return dequeue(argument);
    default: return fail(ENOTTY);
  }
}

int FAKE(ioctl)(int fd, request_t request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  pthread_mutex_lock(&camera.mutex);
  const bool is_ours = fd >= 0 && fd == camera.fd;
  int result = is_ours ? control(request, argument) : 0;
  pthread_mutex_unlock(&camera.mutex);
  return is_ours ? result : REAL(ioctl)(fd, request, argument);
}

void *FAKE(mmap)(void *start, size_t count, int protection, int flags, int fd, off_t offset) {
  if (fd < 0 || fd != camera.fd) return REAL(mmap)(start, count, protection, flags, fd, offset);
  uint8_t *memory = REAL(mmap)(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  camera.buffers[offset / buffer_bytes].start = memory;
  return memory;
}
