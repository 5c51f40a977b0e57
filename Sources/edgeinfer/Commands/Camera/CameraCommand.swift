import CEdgeSystem
import EdgeCamera
import EdgeImage
import EdgeModel
import EdgeRuntime
import EdgeTensor

/// `edgeinfer camera`.
struct CameraCommand {
  private let verbosity: Verbosity
  private let classifier: Classifier
  private let source: any FrameSource
  private let stop: StopCondition
  private let results: FrameResults
  private let frameLimit: Int
  private let showsTimes: Bool
  private let showsStages: Bool
  private let wanted: [[UInt8]]
  private var average: ScoreAverage
  private var filter: ResultFilter
  private var snapshots: Snapshots?
  private var hook: ResultHook?
  private var summary = CameraSummary()
  /// For tests: a model that takes longer, in nanoseconds.
  private let delay: Int64

  init(_ arguments: Arguments) throws(Failure) {
    guard arguments.operands.count <= 1 else {
      throw arguments.usage("one source at a time, not also \"\(utf8: arguments.operands[1])\"")
    }
    verbosity = Verbosity(arguments)
    let top = try arguments.integer(.cameraTop, in: 1...1_000_000) ?? 1
    let format = try arguments.choice(.cameraFormat, among: FrameResults.Format.names)
    let window = try arguments.integer(.smooth, in: 1...1000) ?? 1
    let (high, low) = (try arguments.number(.thresholdHigh), try arguments.number(.thresholdLow))
    guard low == nil || high.map({ $0 >= low! }) ?? false else {
      throw arguments.usage("--threshold-low needs a --threshold-high that is not below it")
    }
    filter = ResultFilter(
      high: high, low: low, onlyChanges: arguments.has(.onChange),
      interval: try arguments.integer(.every, in: 1...1_000_000_000) ?? 1)
    frameLimit = try arguments.integer(.frames, in: 1...Int.max) ?? .max
    let timeout = try arguments.duration(.timeout)
    wanted = arguments.all(.match)
    let (width, height) = (
      try arguments.integer(.width, in: 1...65_535), try arguments.integer(.height, in: 1...65_535)
    )
    let frameRate = try arguments.integer(.frameRate, in: 1...1000)

    let labels = try LabelNames(arguments)
    let (interpreter, path) = try ModelFile.interpreter(arguments)
    classifier = try Classifier(interpreter, path, top: top)
    labels.warn(classifier, verbosity)
    guard let average = ScoreAverage(classifier.scores, window: window, top: top) else {
      throw Failure(.badData, "\(path): its output is not one row of scores")
    }
    self.average = average
    snapshots = try arguments.path(.snapshot).map { folder throws(Failure) in try Snapshots(folder) }
    hook = try arguments.path(.exec).map { ResultHook($0) }
    delay =
      Process.environment("EDGEINFER_TEST_DELAY_MS").flatMap { Int(ascii: $0.bytes).map { Int64($0) } }
      .map { $0 * 1_000_000 } ?? 0

    do throws(CameraError) {
      stop = try StopCondition(deadline: timeout.map { edge_clock_ns() + $0 } ?? .max)
    } catch {
      throw CameraSource.failure(error)
    }
    stop.requestOnSignals()
    let size = classifier.inputSize
    let wish = CameraMode.Wish(
      inputWidth: size.width, inputHeight: size.height, width: width, height: height, frameRate: frameRate)
    source = try CameraSource.open(
      arguments.operands.first, wish: wish, reconnects: arguments.has(.reconnect), verbosity)
    guard snapshots == nil || source.givesJPEG else {
      throw Failure(.cameraUnavailable, "--snapshot keeps JPEG frames as they come, and this camera has none")
    }
    showsTimes = source.isLive
    showsStages = arguments.has(.stageProfile)
    let output = try arguments.path(.outputFile).map { path throws(Failure) in try Output(creating: path) }
    results = try FrameResults(
      output ?? Output.standard, format.flatMap { FrameResults.Format(rawValue: $0) } ?? .text,
      showsTiming: arguments.has(.timing), asPercentage: classifier.givesProbabilities
    ) { [model = classifier.model] in labels.name($0, model) }
  }

  mutating func run() throws(Failure) -> ExitCode {
    let capture: Capture
    do throws(CameraError) {
      capture = try Capture(source, frameCount: FrameDecoder.frameCount, until: stop)
    } catch {
      throw CameraSource.failure(error)
    }
    var images: [ImageInput] = []
    while images.count < 3 { images.append(try classifier.makeImageInput()) }
    let wantsGray = classifier.model.preprocessing?.color == .gray
    let decoder = try FrameDecoder(capture.frames, images, wantsGray: wantsGray)
    let start = edge_clock_ns()
    _ = edge_notify_supervisor("READY=1")
    do throws(Failure) {
      while summary.resultCount < frameLimit, let picture = decoder.pictures.receive() {
        defer { decoder.pictures.giveBack(picture) }
        try take(picture, decoder)
        _ = edge_notify_supervisor("WATCHDOG=1")
        for note in capture.takeNotes() { verbosity.note(.normal, Text(note)) }
      }
    } catch {
      // Whatever happened to the output, the camera is let go.
      capture.stop()
      decoder.finish()
      throw error
    }
    _ = edge_notify_supervisor("STOPPING=1")
    capture.stop()
    decoder.finish()
    for note in capture.takeNotes() { verbosity.note(.normal, Text(note)) }
    try results.close()
    // A file is read ahead of its results, but nothing of it is dropped.
    tell(received: source.isLive ? capture.receivedCount : summary.resultCount, edge_clock_ns() - start)
    if let error = capture.error { throw CameraSource.failure(error) }
    // A camera that was stopped before its first frame did nothing wrong.
    let isStream = source is StreamSource
    return isStream && summary.labelled == 0 ? .badData : .done
  }

  /// Labels a frame and tells the result, if it is wanted.
  private mutating func take(_ picture: DecodedFrame, _ decoder: FrameDecoder) throws(Failure) {
    guard let frame = picture.frame else { return }
    var result = FrameResult(number: frame.number, name: Text(frame.name))
    if showsTimes { result.captured = UTC.text(monotonic: frame.captured) }
    result.times.decode = picture.decodeTime
    result.error = picture.error
    if picture.error == nil { label(picture, decoder, &result) }
    if showsTimes { result.age = edge_clock_ns() - frame.captured }
    summary.add(result)
    hook?.reap()
    if result.error == nil {
      guard let best = result.top.first, filter.takes(average.means, best: best) else { return }
      if let shown = filter.active { show(Ranked(index: shown, score: average.means[shown]), &result) }
      keep(frame, result)
    }
    try results.write(result)
  }

  /// The class shown comes first, also while another one leads that is not sure enough yet.
  private func show(_ shown: Ranked, _ result: inout FrameResult) {
    result.active = shown
    guard result.top.first?.index != shown.index else { return }
    let rest = result.top.filter { $0.index != shown.index }
    result.top = [shown] + rest.prefix(result.top.count - 1)
  }

  private mutating func label(_ picture: DecodedFrame, _ decoder: FrameDecoder, _ result: inout FrameResult) {
    decoder.modelStarts()
    let start = edge_clock_ns()
    do throws(PictureError) {
      let output = try classifier.run(picture.image, &result.times)
      if delay > 0 {
        edge_sleep_ns(delay)
        result.times.infer += delay
      }
      average.add(output)
      result.top = average.pick()
    } catch {
      result.error = error.text
    }
    decoder.modelEnded(after: edge_clock_ns() - start)
  }

  /// Snapshot and command, for classes that match.
  private mutating func keep(_ frame: CapturedFrame, _ result: FrameResult) {
    guard let active = result.active else { return }
    let name = results.name(active.index)
    let number: Text = "\(active.index)"
    guard wanted.isEmpty || wanted.contains(where: { $0 == name.bytes || $0 == number.bytes }) else { return }
    var path: Path?
    if snapshots != nil, case .jpeg = frame.encoding {
      path = snapshots!.keep(frame.bytes, result, label: name)
      if path == nil, snapshots!.failureCount == 1 {
        verbosity.note(
          .normal, "cannot keep frame \(result.number): \(SystemError.text); the next ones are still tried")
      }
    }
    hook?.run([
      "EDGEINFER_FRAME=\(result.number)", "EDGEINFER_LABEL=\(name)", "EDGEINFER_INDEX=\(number)",
      "EDGEINFER_SCORE=\(active.score)", "EDGEINFER_CAPTURED=\(result.captured ?? "")",
      "EDGEINFER_SNAPSHOT=\(path?.text ?? "")",
    ])
  }

  private func tell(received: Int, _ duration: Int64) {
    verbosity.note(.normal, summary.text(received: received, duration: duration))
    if showsStages { Console.write(summary.stages.text) }
    if let snapshots, snapshots.count + snapshots.failureCount > 0 {
      verbosity.note(.normal, "\(snapshots.count) frames kept, \(snapshots.failureCount) could not be written")
    }
    if let hook, hook.count + hook.skippedCount + hook.failureCount > 0 {
      verbosity.note(
        .normal,
        "\(hook.count) commands run, \(hook.failureCount) failed, \(hook.skippedCount) left out while another one ran")
    }
  }
}
