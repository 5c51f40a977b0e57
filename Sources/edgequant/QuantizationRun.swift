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
    let set = try command.calibration.calibration.map { path throws(QuantError) in
      report.calibration = Files.name(path)
      return try samples(try Dataset.opened(path, &notes))
    }
    if let recipe {
      decision = try Quantizer.Decision(
        source.graph, QuantizationRecipe(json: recipe, sourceHash: source.hashText))
    } else if let set {
      decision = try quantizer().decide(source.graph, set)
      decision.recipe.sourceHash = source.hashText
      report.sampleCount = set.count
    } else {
      preconditionFailure("checked by the command line's validation")
    }
    try measureLayers(&report, &decision, set)
    let lowered = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
    try measure(&report, lowered)
    console.progress("planning memory and running the self-test")
    let conversion = try source.converter.convert(lowered, report: &notes)
    report.after?.fileBytes = conversion.bytes.count
    return Outcome(conversion: conversion, decision: decision, report: report, failure: failure)
  }

  /// Measures each layer on labelled samples, or else on those of calibration, and leaves layers in float32 as was asked.
  private mutating func measureLayers(
    _ report: inout QuantizationReport, _ decision: inout Quantizer.Decision, _ set: CalibrationSet?
  ) throws(QuantError) {
    let isWanted = command.maxDrop != nil || command.minSqnr != nil || !command.report.isEmpty || !console.isQuiet
    let checking = try labelled.map { data throws(QuantError) in try samples(data) } ?? set
    if isWanted, let checking {
      let quantizer = quantizer()
      let measurement = try quantizer.measure(decision, checking)
      try keepBudget(&decision, measurement, quantizer, checking)
      decision.sqnr = try quantizer.sqnr(decision, checking)
      report.setLayers(decision, measurement)
      if labelled != nil { decision.warnings += quantizer.warnings(decision, measurement) }
      report.sqnr = decision.sqnr.isFinite ? decision.sqnr : nil
    } else if recipe == nil {
      report.sqnr = decision.sqnr.isFinite ? decision.sqnr : nil
    }
    report.repairs = decision.repairs.map { .init($0) }
    report.warnings = decision.warnings
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
    _ decision: inout Quantizer.Decision, _ measurement: Quantizer.Measurement, _ quantizer: Quantizer,
    _ checking: CalibrationSet
  ) throws(QuantError) {
    if let maxDrop = command.maxDrop, let labelled {
      let float = try source.evaluate(source.lowered, labelled, workers, &notes)
      let isKept = try quantizer.keepBudget(&decision, measurement) { decision throws(QuantError) in
        let graph = try Converter.lowered(try decision.graph.quantized(by: decision.recipe), report: &notes)
        return 100 * float.paired(with: try source.evaluate(graph, labelled, workers, &notes)).drop <= maxDrop
      }
      if !isKept { failure = "more than --max-drop \(maxDrop) points are lost as long as any layer's weights are int8" }
    }
    if let minSqnr = command.minSqnr {
      let isKept = try quantizer.keepBudget(&decision, measurement) { decision throws(QuantError) in
        try quantizer.sqnr(decision, checking) >= minSqnr
      }
      if !isKept {
        failure =
          "the answer's signal-to-noise ratio stays below --min-sqnr \(minSqnr) as long as any layer's weights are int8"
      }
    }
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
