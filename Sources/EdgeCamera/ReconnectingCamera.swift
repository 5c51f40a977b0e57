import CEdgeSystem

/// A camera that is opened again after it was lost, for as long as it takes.
///
/// The first attempt to open it is the only one that may fail. After that it waits half a second, then twice as long each time, up to
/// half a minute.
public final class ReconnectingCamera: FrameSource {
  public let isLive = true
  public let givesJPEG: Bool
  private let open: () throws(CameraError) -> V4L2Camera
  private var camera: V4L2Camera?
  /// Numbers go on where those of the camera before ended.
  private var firstNumber = 0
  private var nextNumber = 0
  private var notes: [String] = []
  private static let pauses = (first: Int64(500_000_000), longest: Int64(30_000_000_000))

  public init(_ camera: V4L2Camera, open: @escaping () throws(CameraError) -> V4L2Camera) {
    (self.camera, self.open) = (camera, open)
    givesJPEG = camera.givesJPEG
  }

  public func next(into frame: CapturedFrame, until stop: StopCondition) throws(CameraError) -> Bool {
    var pause = ReconnectingCamera.pauses.first
    while true {
      if let camera {
        do throws(CameraError) {
          guard try camera.next(into: frame, until: stop) else { return false }
          frame.number += firstNumber
          nextNumber = frame.number + 1
          return true
        } catch {
          notes.append(error.description)
        }
        self.camera = nil
        firstNumber = nextNumber
      }
      let next = edge_clock_ns() + pause
      guard stop.wait(-1, until: next) == edge_event_time, next < stop.deadline else { return false }
      pause = min(2 * pause, ReconnectingCamera.pauses.longest)
      do throws(CameraError) {
        let camera = try open()
        notes.append("found \(camera.name) again")
        self.camera = camera
      } catch {
        continue
      }
    }
  }

  public func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }
}
