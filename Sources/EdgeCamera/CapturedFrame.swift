/// One picture of a stream, as it came, whole or not.
///
/// Its memory is reused for a later frame; see `FrameQueue`.
public final class CapturedFrame {
  public private(set) var bytes: [UInt8] = []
  /// From 0, in the order of the source. A camera leaves out the numbers of frames that its driver dropped.
  public internal(set) var number = 0
  /// `CLOCK_MONOTONIC` in nanoseconds: when the camera took it, or its last byte arrived.
  public internal(set) var captured: Int64 = 0
  /// What the bytes are.
  public internal(set) var encoding = FrameEncoding.jpeg
  /// The file it was read from; empty if it came from a stream.
  public internal(set) var name: [UInt8] = []

  public init() {}

  func clear() { bytes.removeAll(keepingCapacity: true) }

  func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }

  func append(_ more: ArraySlice<UInt8>) { bytes.append(contentsOf: more) }
}
