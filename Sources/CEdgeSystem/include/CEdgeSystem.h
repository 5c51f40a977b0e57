// The few system calls that Swift cannot make when it is compiled without Glibc: variadic functions, macros, errno,
// threads. One function each, no policy.
#ifndef CEDGESYSTEM_H
#define CEDGESYSTEM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Files. Where a function fails it returns NULL, -1 or false, and edge_last_error() holds errno.
const void *edge_map_file(const char *path, ptrdiff_t *byte_count);
void edge_unmap_file(const void *start, ptrdiff_t byte_count);
int edge_last_error(void);
void edge_set_last_error(int error);
const char *edge_error_text(int error);
enum { edge_error_missing = ENOENT, edge_error_pipe = EPIPE, edge_error_exists = EEXIST };
/// A descriptor, or -1.
int edge_open_file(const char *path);
/// Creates or empties a file; a descriptor, or -1.
int edge_create_file(const char *path);
/// Opens a file to write behind its first `byte_count` bytes, and cuts the rest off; a descriptor, or -1.
int edge_continue_file(const char *path, int64_t byte_count);
/// Bytes of a regular file; -1 for anything else, whose size is unknown.
int64_t edge_file_size(int descriptor);
/// Bytes read, 0 at the end, -1.
ptrdiff_t edge_read(int descriptor, void *buffer, ptrdiff_t byte_count);
/// Writes all of it.
bool edge_write(int descriptor, const void *bytes, ptrdiff_t byte_count);
bool edge_close_file(int descriptor);
bool edge_make_directory(const char *path);
/// Replaces what is at `to`.
bool edge_rename_file(const char *from, const char *to);
bool edge_remove_file(const char *path);
/// A second name for a file; symbolic links are followed. Fails if `to` exists.
bool edge_link_file(const char *from, const char *to);
/// Whether both name one file, symbolic links followed.
bool edge_is_same_file(const char *a, const char *b);
bool edge_is_terminal(int descriptor);

// Folders.
enum { edge_kind_missing = 0, edge_kind_file = 1, edge_kind_directory = 2, edge_kind_other = 3 };
/// What a path names, symbolic links followed; a device or pipe is "other".
int edge_path_kind(const char *path);
bool edge_path_is_pipe(const char *path);
typedef struct edge_directory edge_directory;
edge_directory *edge_directory_open(const char *path);
/// The next entry's name, valid until the next call, without "." and "..", and its kind. Links to files are files; links to
/// directories are "other", so that a walk ends. NULL at the end, and with edge_last_error() != 0 on failure.
const char *edge_directory_next(edge_directory *directory, int *kind);
void edge_directory_close(edge_directory *directory);

// Memory.
void *edge_allocate(ptrdiff_t byte_count, ptrdiff_t alignment);
void edge_free(void *start);

// Threads.
typedef struct edge_pool edge_pool;
typedef void (*edge_task)(void *context, int job, int part) __attribute__((swift_attr("@Sendable")));
/// Starts `threads - 1` workers, the caller being one more; NULL if the system refuses.
edge_pool *edge_pool_create(int threads);
/// Wakes workers that sleep, but not more often than pays. Whether one is awake: if not, handing out parts gains nothing.
bool edge_pool_wake(edge_pool *pool);
/// Runs `task(context, job, part)` once for each job 0 ..< count and part 0 ..< threads, one job after the other, the caller those parts
/// that no worker has begun, and returns when all have ended.
void edge_pool_run(edge_pool *pool, edge_task task, void *context, int count);
void edge_pool_destroy(edge_pool *pool);
typedef struct edge_thread edge_thread;
typedef void (*edge_thread_body)(void *context) __attribute__((swift_attr("@Sendable")));
/// NULL if the system refuses.
edge_thread *edge_thread_start(edge_thread_body body, void *context);
/// Waits for its end and frees it.
void edge_thread_join(edge_thread *thread);
/// A mutex and what threads wait for behind it.
typedef struct edge_gate edge_gate;
edge_gate *edge_gate_create(void);
void edge_gate_destroy(edge_gate *gate);
void edge_gate_lock(edge_gate *gate);
void edge_gate_unlock(edge_gate *gate);
/// Lets others in until edge_gate_changed() or a time of edge_clock_ns(), INT64_MAX for none; false if that came first. May
/// return early.
bool edge_gate_wait(edge_gate *gate, int64_t until_ns);
void edge_gate_changed(edge_gate *gate);

// Waiting. `until_ns` is a time of edge_clock_ns(), INT64_MAX for none.
/// A descriptor that is readable from the first request to stop on, or -1; edge_close_file() ends it.
int edge_stop_create(void);
void edge_stop_request(int stop);
/// From now on SIGINT and SIGTERM ask to stop instead of ending the program, each once, unless they were ignored.
void edge_stop_on_signals(int stop);
typedef enum { edge_event_failed = -1, edge_event_time, edge_event_readable, edge_event_stop } edge_event;
/// Waits for a descriptor, -1 for none, to have something to read, or for a request to stop.
edge_event edge_wait(int descriptor, int stop, int64_t until_ns);
void edge_sleep_ns(int64_t duration_ns);

// New files of a folder.
typedef struct edge_folder_watch edge_folder_watch;
edge_folder_watch *edge_folder_watch_start(const char *path);
/// Readable when there is news.
int edge_folder_watch_descriptor(edge_folder_watch *watch);
typedef enum { edge_folder_unchanged, edge_folder_file, edge_folder_overflow, edge_folder_gone } edge_folder_change;
/// The name of the next file that was written and closed, or moved there, valid until the next call; else NULL, and in `change` why.
const char *edge_folder_watch_next(edge_folder_watch *watch, edge_folder_change *change);
void edge_folder_watch_stop(edge_folder_watch *watch);

// Cameras: Video for Linux 2, single-planar, memory-mapped buffers.
// https://www.kernel.org/doc/html/latest/userspace-api/media/v4l/v4l2.html
enum { edge_video_mjpeg = 0x47504A4D, edge_video_jpeg = 0x4745504A, edge_video_yuyv = 0x56595559 };
/// `needs_setup`: the end of a chain of devices that somebody else must connect and set up first, as libcamera does.
typedef struct { char name[32]; bool is_capture, needs_setup; } edge_video_device;
typedef struct { uint32_t width, height, largest_width, largest_height, width_step, height_step; } edge_video_sizes;
/// Seconds.
typedef struct { uint32_t numerator, denominator; } edge_video_fraction;
typedef struct { const uint8_t *bytes; ptrdiff_t byte_count; uint32_t index, sequence; int64_t captured_ns; } edge_video_frame;
/// A descriptor, or -1.
int edge_video_open(const char *path);
/// false if it is no video device.
bool edge_video_describe(int descriptor, edge_video_device *device);
/// Its pixel format number `index`; 0 behind the last.
uint32_t edge_video_format(int descriptor, int index);
/// Frame sizes number `index` of a format: one, or a range with steps; false behind the last.
bool edge_video_size(int descriptor, uint32_t format, int index, edge_video_sizes *sizes);
/// Time from frame to frame number `index`, the shortest of a range; false behind the last.
bool edge_video_interval(int descriptor, uint32_t format, uint32_t width, uint32_t height, int index, edge_video_fraction *interval);
/// `bytes_per_row` and `is_full_range` (samples of 0 to 255, not 16 to 235) are of uncompressed frames.
typedef struct { uint32_t width, height, bytes_per_row; bool is_full_range; edge_video_fraction interval; } edge_video_mode;
/// Sets format, size and interval (denominator 0: as it is); what the camera made of them comes back.
bool edge_video_configure(int descriptor, uint32_t format, edge_video_mode *mode);
typedef struct edge_video_stream edge_video_stream;
edge_video_stream *edge_video_start(int descriptor, int buffer_count);
typedef enum { edge_video_lost = -1, edge_video_none, edge_video_taken } edge_video_result;
/// A frame if one is ready; its bytes are valid until it is given back.
edge_video_result edge_video_take(edge_video_stream *stream, edge_video_frame *frame);
bool edge_video_give_back(edge_video_stream *stream, const edge_video_frame *frame);
/// Frees it; the descriptor stays open.
void edge_video_stop(edge_video_stream *stream);

// Others.
/// Tells systemd, as sd_notify(3) does: "READY=1". Nothing without NOTIFY_SOCKET.
bool edge_notify_supervisor(const char *state);
/// Starts `sh -c command` with `variables` (NAME=value, NULL-terminated) in its environment and its output on standard error; its process
/// number, or -1.
int edge_command_start(const char *command, char *const *variables);
/// Whether it has ended, and then its exit status. Once true, it must not be asked again.
bool edge_command_has_ended(int process, int *status);

// The program.
/// NULL if the variable is not set.
const char *edge_environment(const char *name);
/// The path of this executable, cut to `capacity`; its length, or -1.
ptrdiff_t edge_executable_path(char *buffer, ptrdiff_t capacity);
/// Processors this process may run on, at least 1.
int edge_processor_count(void);
/// From now on, `message` goes to standard error and the program ends with `exit_code` when mapped bytes vanish because
/// their file was cut (SIGBUS). `message` must outlive the program.
void edge_on_lost_mapping(const char *message, ptrdiff_t byte_count, int exit_code);
_Noreturn void edge_exit(int code);

// Time, nanoseconds.
/// CLOCK_MONOTONIC.
int64_t edge_clock_ns(void);
/// Since 1970, UTC.
int64_t edge_wall_clock_ns(void);
/// A counter that rises evenly, the same for all cores, and is read in a few nanoseconds, in units of its own.
static inline uint64_t edge_ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return (uint64_t)edge_clock_ns();
#endif
}

// Measuring.
/// Bytes of a mapping that are in memory, in whole pages; -1 if unknown.
ptrdiff_t edge_resident_byte_count(const void *start, ptrdiff_t byte_count);
/// The kernel's release as `uname -r` prints it, cut to `capacity`; its length, or -1.
ptrdiff_t edge_kernel_release(char *buffer, ptrdiff_t capacity);
/// What the CPU counts for this thread and those it starts afterwards, outside the kernel (perf_event_open(2)).
enum { edge_counter_cycles, edge_counter_instructions, edge_counter_cache_misses, edge_counter_count };
typedef struct { int descriptors[edge_counter_count]; } edge_counters;
/// false if the system permits or has none of them.
bool edge_counters_open(edge_counters *counters);
/// From 0.
void edge_counters_start(edge_counters *counters);
void edge_counters_stop(edge_counters *counters);
/// -1 if it has none.
int64_t edge_counters_read(const edge_counters *counters, int index);
void edge_counters_close(edge_counters *counters);

#endif
