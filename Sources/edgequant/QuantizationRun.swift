import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation

/// One call of `edgequant quantize`, from the files' bytes to the finished model.
struct QuantizationRun {
  struct Inputs {
    let source: ModelBytes
    let labels: [UInt8]?
    let recipe: [UInt8]?
  }

  struct Outcome {
    let conversion: Conversion
    let decision: Quantizer.Decision
    let report: QuantizationReport
    /// A sentence if the accuracy asked for could not be reached.
    let failure: String?
  }

  let command: Quantize
  let console: Console
  let inputs: Inputs
  private(set) var notes = Report()
  private var converter = Converter()
  private var graph = Graph()
  private var labelled: Dataset?
  private var failure: String?

  init(_ command: Quantize, _ inputs: Inputs, _ console: Console) {
    self.command = command
    self.inputs = inputs
    self.console = console
  }

  mutating func run() throws(QuantError) -> Outcome {
    try readSource()
    let hash = xxh64(inputs.source.bytes)
    converter.origin.fileName = Files.name(command.model)
    converter.origin.fileHash = hash
    converter.origin.tool = "edgequant \(PackageVersion.text)"
    converter.origin.recipe = "edgequant quantize \(Files.name(command.model)) -o \(Files.name(command.output))"
    var report = QuantizationReport()
    (report.tool, report.model) = (converter.origin.tool, Files.name(command.model))
    labelled = try command.data.map { path throws(QuantError) in try dataset(path) }

    var decision: Quantizer.Decision
    if let recipe = inputs.recipe {
      decision = try Quantizer.Decision(graph, QuantizationRecipe(json: recipe, sourceHash: String(hash, radix: 16)))
    } else {
      decision = try decide(&report)
      decision.recipe.sourceHash = String(hash, radix: 16)
    }
    let lowered = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
    try measure(&report, lowered)
    console.progress("planning memory and running the self-test")
    let conversion = try converter.convert(lowered, report: &notes)
    report.after?.fileBytes = conversion.bytes.count
    return Outcome(conversion: conversion, decision: decision, report: report, failure: failure)
  }

  private mutating func readSource() throws(QuantError) {
    console.progress("reading \(command.model)")
    graph = try Converter.source(inputs.source, folder: Files.folder(command.model), report: &notes)
    graph.name = Files.stem(command.model)
    if let input = graph.inputTypes.first {
      converter.preprocessing = try command.preprocessing.choice.resolved(for: input, report: &notes)
    }
    if let labels = inputs.labels {
      converter.labels = try Labels.parse(labels, classCount: graph.classCount, report: &notes)
    }
  }

  private mutating func decide(_ report: inout QuantizationReport) throws(QuantError) -> Quantizer.Decision {
    let quantizer = quantizer()
    let set = try samples(command.calibration ?? "")
    (report.calibration, report.sampleCount) = (Files.name(command.calibration ?? ""), set.count)
    var decision = try quantizer.decide(graph, set)
    if command.maxDrop != nil || command.minSqnr != nil || !command.report.isEmpty || !command.quiet {
      let checking = try command.data.map { path throws(QuantError) in try samples(path) } ?? set
      let measurement = try quantizer.measure(decision, checking)
      try keepBudget(&decision, measurement.ranking, quantizer, checking)
      report.setLayers(decision, measurement)
    }
    report.repairs = decision.repairs.map { .init($0) }
    report.sqnr = decision.sqnr.isFinite ? decision.sqnr : nil
    return decision
  }

  private func quantizer() -> Quantizer {
    var quantizer = Quantizer()
    quantizer.method = command.method
    quantizer.repairs.subtract(command.without)
    quantizer.floatLayers = Set(command.floatLayers)
    quantizer.io = command.io
    quantizer.workers = workers
    quantizer.inputRange = converter.preprocessing?.range
    let bar = ProgressBar("quantizing", isQuiet: console.isQuiet)
    quantizer.progress = { _, part in part < 1 ? bar.show(Int(part * 100), of: 100) : bar.end() }
    return quantizer
  }

  private var workers: Workers { command.threads.map { Workers($0.value) } ?? .all }

  private mutating func dataset(_ path: String) throws(QuantError) -> Dataset {
    do throws(DataError) { return try Dataset.open(path, report: &notes) } catch { throw .data(error) }
  }

  private mutating func samples(_ path: String) throws(QuantError) -> CalibrationSet {
    try CalibrationSet(
      try dataset(path), for: graph, preprocessing: converter.preprocessing, limit: command.limit.value, report: &notes)
  }

  private mutating func keepBudget(
    _ decision: inout Quantizer.Decision, _ ranking: [String], _ quantizer: Quantizer, _ checking: CalibrationSet
  ) throws(QuantError) {
    if let maxDrop = command.maxDrop, let labelled {
      let float = try evaluation(try Converter.lowered(graph, report: &notes), labelled)
      let isKept = try quantizer.keepBudget(&decision, ranking: ranking) { decision throws(QuantError) in
        let graph = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
        return 100 * float.paired(with: try evaluation(graph, labelled)).drop <= maxDrop
      }
      if !isKept { failure = "more than --max-drop \(maxDrop) points are lost even with every layer in float32" }
    }
    if let minSqnr = command.minSqnr {
      let isKept = try quantizer.keepBudget(&decision, ranking: ranking) { decision throws(QuantError) in
        try quantizer.sqnr(decision, checking) >= minSqnr
      }
      if !isKept { failure = "the answer's signal-to-noise ratio stays below --min-sqnr \(minSqnr)" }
    }
    decision.sqnr = try quantizer.sqnr(decision, checking)
  }

  private mutating func evaluation(_ lowered: Graph, _ data: Dataset) throws(QuantError) -> Evaluation {
    let runnable = try RunnableModel(
      lowered, name: Files.name(command.model), preprocessing: converter.preprocessing, labels: converter.labels)
    return try Evaluator(runnable).evaluate(data, workers: workers, report: &notes)
  }

  private mutating func measure(_ report: inout QuantizationReport, _ lowered: Graph) throws(QuantError) {
    let float = try Converter.lowered(graph, report: &notes)
    report.before = .init(try RunnableModel(float, name: report.model).cost())
    report.after = .init(try RunnableModel(lowered, name: report.model).cost())
    guard let labelled else { return }
    let (before, after) = (try evaluation(float, labelled), try evaluation(lowered, labelled))
    (report.floatAccuracy, report.accuracy) = (.init(before.top1), .init(after.top1))
    let paired = before.paired(with: after)
    report.drop = 100 * paired.drop
    (report.dropLower, report.dropUpper) = (100 * paired.dropInterval.lowerBound, 100 * paired.dropInterval.upperBound)
    report.agreement = before.agreement(with: after).value
  }
}
