import EdgeModel
import EdgeQuant

/// One run of `edgequant prune`: prunes, quantizes, and sets the result beside the unpruned network.
struct PruneJob {
  let options: Prune
  let source: SourceModel
  var report = Report()

  /// One of the two networks, finished.
  struct Side {
    let conversion: Conversion
    let cost: RunnableModel.Cost
    var evaluation: Evaluation?
  }

  struct Outcome {
    let before: Side
    let after: Side
    /// Of the float network as it came; nil without labelled data.
    let original: Evaluation?
    let milliseconds: [Double]
    let recipe: PruningRecipe
    /// Decibels.
    let sqnr: Double?
    let refusals: [String]
    let page: PruningReport

    var isSlower: Bool { milliseconds[1] >= milliseconds[0] }
  }

  init(_ options: Prune, _ source: SourceModel) {
    (self.options, self.source) = (options, source)
  }

  private var console: Console { options.source.console }
  private var workers: Workers { options.calibration.threads.workers }

  mutating func run(_ recipeFile: [UInt8]?) throws(QuantError) -> Outcome {
    let graph = source.graph
    var test: Dataset?
    if let data = options.calibration.data { test = try Dataset.opened(data, &report) }
    let original = try test.map { test throws(QuantError) in try evaluate(try source.runnable(source.lowered), test) }

    var (recipe, sqnr): (PruningRecipe, Double?)
    var page = PruningReport()
    (page.tool, page.model) = (source.converter.origin.tool, source.fileName)
    let small: Graph
    let pruned: Graph
    var plain = graph
    if let recipeFile {
      recipe = try PruningRecipe(json: recipeFile, sourceHash: source.hashText)
      sqnr = nil
      small = try graph.pruned(by: recipe)
      if let decisions = recipe.quantization {
        let decision = try Quantizer.Decision(small, decisions)
        pruned = try decision.graph.quantized(by: decision.recipe)
      } else {
        pruned = small
      }
    } else {
      let path = options.calibration.calibration ?? ""
      let set = try source.samples(try Dataset.opened(path, &report), limit: options.limit.value, &report)
      (page.calibration, page.sampleCount) = (Files.name(path), set.count)
      let decision = try prune(set, original, test)
      for note in decision.notes { report.note(note) }
      (recipe, sqnr, small) = (decision.recipe, decision.sqnr, decision.graph)
      recipe.sourceHash = source.hashText
      if options.float {
        pruned = decision.graph
      } else {
        let quantized = try quantizer().decide(decision.graph, set)
        recipe.quantization = quantized.recipe
        pruned = try quantized.graph.quantized(by: quantized.recipe)
        // Only what it costs is of interest.
        var quick = quantizer()
        (quick.method, quick.repairs) = (.minMax, [])
        let unpruned = try quick.decide(graph, set)
        plain = try unpruned.graph.quantized(by: unpruned.recipe)
      }
    }
    page.isQuantized = recipe.quantization != nil
    page.sqnr = sqnr.flatMap { $0.isFinite ? $0 : nil }
    page.setLayers(original: graph, pruned: small)
    return try compare(plain, pruned, original, test, recipe, page)
  }

  private mutating func compare(
    _ plain: Graph, _ pruned: Graph, _ original: Evaluation?, _ test: Dataset?, _ recipe: PruningRecipe,
    _ page: PruningReport
  ) throws(QuantError) -> Outcome {
    console.progress("planning memory and running the self-test")
    let before = try finished(plain)
    var after = try finished(pruned)
    if let test {
      after.evaluation = try evaluate(try load(after.conversion), test)
    }
    let timing = try ModelTiming([before.conversion.model, after.conversion.model])
    func cost(_ side: Side, _ milliseconds: Double) -> PruningReport.Cost {
      .init(side.cost, fileBytes: side.conversion.bytes.count, milliseconds: milliseconds)
    }
    var page = page
    page.before = cost(before, timing.milliseconds[0])
    page.after = cost(after, timing.milliseconds[1])
    if let original, let evaluation = after.evaluation { page.setAccuracy(original, evaluation) }
    var refusals: [String] = []
    if after.conversion.bytes.count > before.conversion.bytes.count {
      refusals.append(
        "the pruned file has \(after.conversion.bytes.count) bytes, the unpruned one \(before.conversion.bytes.count)")
    }
    let (products, unpruned) = (after.cost.multiplyAccumulateCount, before.cost.multiplyAccumulateCount)
    if products > unpruned {
      refusals.append("the pruned model makes \(products) products, the unpruned one \(unpruned)")
    }
    if let limit = options.maxDrop, let original, let evaluation = after.evaluation {
      let drop = 100 * original.paired(with: evaluation).drop
      if drop > limit {
        refusals.append("\(Figures.decimal(drop, 2)) points are lost, \(limit) may be")
      }
    }
    return Outcome(
      before: before, after: after, original: original, milliseconds: timing.milliseconds, recipe: recipe,
      sqnr: page.sqnr,
      refusals: refusals, page: page)
  }

  private mutating func prune(
    _ set: CalibrationSet, _ original: Evaluation?, _ test: Dataset?
  ) throws(QuantError) -> Pruner.Decision {
    var pruner = Pruner()
    pruner.workers = workers
    // Few samples are learnt by heart before long.
    pruner.settings.stepCount = min(max(set.count, 1000), 4000)
    if let steps = options.steps {
      (pruner.settings.stepCount, pruner.settings.maximumMacs) = (steps.value, nil)
    }
    let bar = ProgressBar("pruning", isQuiet: console.isQuiet)
    pruner.progress = { _, part in part < 1 ? bar.show(Int(part * 100), of: 100) : bar.end() }
    var goals: [Pruner.Goal] = []
    if let part = options.targetMacs { goals.append(.macs(part)) }
    if let part = options.sparsity { goals.append(.sparsity(part)) }
    guard goals.isEmpty, let limit = options.maxDrop, let original, let test else {
      return try pruner.decide(source.graph, set, goals)
    }
    return try pruner.decide(source.graph, set, maximumDrop: limit) { graph throws(QuantError) in
      var finished = graph
      if !options.float {
        let decision = try quantizer().decide(graph, set)
        finished = try decision.graph.quantized(by: decision.recipe)
      }
      let model = try source.runnable(try Converter.lowered(finished, report: &report))
      return 100 * original.paired(with: try evaluate(model, test)).drop
    }
  }

  private func quantizer() -> Quantizer {
    var quantizer = source.quantizer(options.calibration)
    let bar = ProgressBar("quantizing", isQuiet: console.isQuiet)
    quantizer.progress = { _, part in part < 1 ? bar.show(Int(part * 100), of: 100) : bar.end() }
    return quantizer
  }

  private mutating func load(_ conversion: Conversion) throws(QuantError) -> RunnableModel {
    try RunnableModel.load(ModelBytes(copying: conversion.bytes), name: options.source.output, report: &report)
  }

  private mutating func evaluate(_ model: RunnableModel, _ test: Dataset) throws(QuantError) -> Evaluation {
    console.progress("evaluating")
    return try Evaluator(model).evaluate(test, workers: workers, report: &report)
  }

  private mutating func finished(_ graph: Graph) throws(QuantError) -> Side {
    let conversion = try source.converter.convert(try Converter.lowered(graph, report: &report), report: &report)
    let model = try load(conversion)
    return Side(conversion: conversion, cost: try model.cost())
  }
}

extension PruneJob.Outcome {
  var text: String {
    var table = TextTable(["", "unpruned", "pruned", "left"])
    func add(_ name: String, _ before: Int, _ after: Int) {
      table.add([
        name, Figures.count(before), Figures.count(after), Figures.percent(Double(after) / Double(max(before, 1))),
      ])
    }
    add("file, bytes", before.conversion.bytes.count, after.conversion.bytes.count)
    add("multiply-accumulates", before.cost.multiplyAccumulateCount, after.cost.multiplyAccumulateCount)
    add("peak memory, bytes", before.cost.peakByteCount, after.cost.peakByteCount)
    table.add([
      "milliseconds, 1 thread", Figures.decimal(milliseconds[0], 3), Figures.decimal(milliseconds[1], 3),
      Figures.percent(milliseconds[1] / milliseconds[0]),
    ])
    var lines = [table.text]
    if let original, let evaluation = after.evaluation {
      let paired = original.paired(with: evaluation)
      lines.append(
        "top-1: \(original.top1.count) of \(original.top1.total) as float source, \(evaluation.top1.count) pruned: "
          + "\(Figures.decimal(100 * paired.drop, 2)) points lost")
    }
    if let sqnr { lines.append("signal to noise of the pruned float network's answer: \(Figures.decimal(sqnr, 2)) dB") }
    return lines.joined(separator: "\n")
  }
}
