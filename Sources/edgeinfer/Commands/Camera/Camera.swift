import EdgeCamera
import EdgeTensor

extension Command {
  static let camera = Command(
    name: "camera",
    summary: "Label a live stream. Also: edgeinfer [OPTIONS] --camera[=SOURCE].",
    operands: "[SOURCE]",
    details: """
      SOURCE is a camera (/dev/video0, or its number), - for JPEG frames on standard
      input, a file of such frames, or a folder in which JPEG files appear; without
      it, the first camera is used.

      A live source is labelled as fast as the model runs: the newest frame wins,
      older ones are dropped and counted. A file is labelled frame by frame.

      The cameras of a Raspberry Pi speak libcamera. Pipe their frames:
        rpicam-vid -t 0 --width 640 --height 480 --codec mjpeg -o - | edgeinfer --camera=-
      or use the program for glibc and: libcamerify edgeinfer --camera

      A command of --exec finds the result in EDGEINFER_FRAME, EDGEINFER_LABEL,
      EDGEINFER_INDEX, EDGEINFER_SCORE, EDGEINFER_CAPTURED and EDGEINFER_SNAPSHOT.

      SIGINT and SIGTERM end it after the frame, with a summary and exit code 0.
      """,
    options: [
      .model, .labels, .cameraTop, .threads, .cameraFormat, .outputFile, .timing, .width, .height, .frameRate, .every,
      .onChange, .thresholdHigh, .thresholdLow, .smooth, .match, .snapshot, .exec, .timeout, .frames, .reconnect,
      .stageProfile,
      .listCameras, .noFuse, .maximumMemory, .quiet, .verbose,
    ],
    example: "edgeinfer camera --on-change --threshold-high 0.7 --threshold-low 0.5 /dev/video0",
    run: { arguments throws(Failure) in
      if arguments.has(.listCameras) { return try listCameras() }
      var command = try CameraCommand(arguments)
      return try command.run()
    })

  private static func listCameras() throws(Failure) -> ExitCode {
    let list = CameraSource.list()
    guard !list.isEmpty else { throw Failure(.cameraUnavailable, "no video device at /dev/video* that can be opened") }
    let output = Output.standard
    output.write(list)
    try output.flush()
    return .done
  }
}

extension Option {
  static let cameraTop = Option("top", "k", "N", "so many classes for each frame (default 1)")
  static let cameraFormat = Option("format", nil, "FORMAT", "text (the default), csv or jsonl: a line for each result")
  static let width = Option(
    "width", nil, "PIXELS", "of the camera's frames (default: the smallest that\ncovers the model's input)")
  static let height = Option("height", nil, "PIXELS", "of the camera's frames")
  static let frameRate = Option("framerate", nil, "N", "frames a second that the camera takes")
  static let every = Option("every", nil, "N", "tell only every Nth result")
  static let onChange = Option("on-change", nil, nil, "tell a result only when the best class changes")
  static let thresholdHigh = Option("threshold-high", nil, "SCORE", "a class is shown from this score on")
  static let thresholdLow = Option(
    "threshold-low", nil, "SCORE", "and until it falls below this one (default: the same)")
  static let smooth = Option("smooth", nil, "N", "mean of each score over the last N frames")
  static let match = Option(
    "match", nil, "LABEL", "--snapshot and --exec only for this class, a name or\nnumber; may be given several times")
  static let snapshot = Option("snapshot", nil, "DIR", "keep the frames of results there, as received")
  static let exec = Option("exec", nil, "COMMAND", "run a shell command for each result")
  static let timeout = Option("timeout", nil, "TIME", "end after, say, 30s, 10m or 2h")
  static let frames = Option("frames", nil, "N", "end after so many frames were looked at")
  static let reconnect = Option("reconnect", nil, nil, "wait for a camera that was lost to come back")
  static let listCameras = Option("list-cameras", nil, nil, "show cameras, their frame sizes and rates, and end")
}
