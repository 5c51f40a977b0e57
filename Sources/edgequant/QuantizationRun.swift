import EdgeQuant

/// One call of `edgequant quantize`, from the source to the finished model.
struct QuantizationRun {
  struct Outcome {
    let conversion: Conversion
    let decision: Quantizer.Decision
    let report: QuantizationReport
    /// A sentence if the accuracy asked for could not be reached.
    let failure: String?
  }

  let command: Quantize
  let source: SourceModel
  let recipe: [UInt8]?
  var notes = Report()
  private var labelled: Dataset?
  private var failure: String?

  init(_ command: Quantize, _ source: SourceModel, recipe: [UInt8]?) {
    (self.command, self.source, self.recipe) = (command, source, recipe)
  }

  private var console: Console { command.source.console }
  private var workers: Workers { command.calibration.threads.workers }

  mutating func run() throws(QuantError) -> Outcome {
    var report = QuantizationReport()
    (report.tool, report.model) = (source.converter.origin.tool, source.fileName)
    if let data = command.calibration.data { labelled = try Dataset.opened(data, &notes) }

    var decision: Quantizer.Decision
    if let recipe {
      decision = try Quantizer.Decision(
        source.graph, QuantizationRecipe(json: recipe, sourceHash: source.hashText))
    } else {
      decision = try decide(&report)
      decision.recipe.sourceHash = source.hashText
    }
    let lowered = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
    try measure(&report, lowered)
    console.progress("planning memory and running the self-test")
    let conversion = try source.converter.convert(lowered, report: &notes)
    report.after?.fileBytes = conversion.bytes.count
    return Outcome(conversion: conversion, decision: decision, report: report, failure: failure)
  }

  private mutating func decide(_ report: inout QuantizationReport) throws(QuantError) -> Quantizer.Decision {
    let quantizer = quantizer()
    let path = command.calibration.calibration ?? ""
    let set = try samples(try Dataset.opened(path, &notes))
    (report.calibration, report.sampleCount) = (Files.name(path), set.count)
    var decision = try quantizer.decide(source.graph, set)
    if command.maxDrop != nil || command.minSqnr != nil || !command.report.isEmpty || !console.isQuiet {
      let checking = try labelled.map { data throws(QuantError) in try samples(data) } ?? set
      let measurement = try quantizer.measure(decision, checking)
      try keepBudget(&decision, measurement.ranking, quantizer, checking)
      report.setLayers(decision, measurement)
    }
    report.repairs = decision.repairs.map { .init($0) }
    report.sqnr = decision.sqnr.isFinite ? decision.sqnr : nil
    return decision
  }

  private func quantizer() -> Quantizer {
    var quantizer = source.quantizer(command.calibration)
    quantizer.method = command.method
    quantizer.repairs.subtract(command.without)
    quantizer.floatLayers = Set(command.floatLayers)
    let bar = ProgressBar("quantizing", isQuiet: console.isQuiet)
    quantizer.progress = { _, part in part < 1 ? bar.show(Int(part * 100), of: 100) : bar.end() }
    return quantizer
  }

  private mutating func samples(_ data: Dataset) throws(QuantError) -> CalibrationSet {
    try source.samples(data, limit: command.limit.value, &notes)
  }

  private mutating func keepBudget(
    _ decision: inout Quantizer.Decision, _ ranking: [String], _ quantizer: Quantizer, _ checking: CalibrationSet
  ) throws(QuantError) {
    if let maxDrop = command.maxDrop, let labelled {
      let float = try source.evaluate(source.lowered, labelled, workers, &notes)
      let isKept = try quantizer.keepBudget(&decision, ranking: ranking) { decision throws(QuantError) in
        let graph = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
        return 100 * float.paired(with: try source.evaluate(graph, labelled, workers, &notes)).drop <= maxDrop
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

  private mutating func measure(_ report: inout QuantizationReport, _ lowered: Graph) throws(QuantError) {
    report.before = .init(try source.runnable(source.lowered).cost())
    report.after = .init(try source.runnable(lowered).cost())
    guard let labelled else { return }
    let before = try source.evaluate(source.lowered, labelled, workers, &notes)
    let after = try source.evaluate(lowered, labelled, workers, &notes)
    (report.floatAccuracy, report.accuracy) = (.init(before.top1), .init(after.top1))
    let paired = before.paired(with: after)
    report.drop = 100 * paired.drop
    (report.dropLower, report.dropUpper) = (100 * paired.dropInterval.lowerBound, 100 * paired.dropInterval.upperBound)
    report.agreement = before.agreement(with: after).value
  }
}
