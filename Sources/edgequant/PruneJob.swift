import EdgeModel
import EdgeQuant
import EdgeTensor
import Foundation

/// One run of `edgequant prune`: prunes, quantizes, and sets the result beside the unpruned network.
struct PruneJob {
  let options: Prune
  let console: Console
  let file: ModelBytes
  let labelFile: [UInt8]?
  var report = Report()

  /// One of the two networks, finished.
  struct Side {
    let conversion: Conversion
    let cost: RunnableModel.Cost
    let effectiveMACs: Int
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

    var isSlower: Bool { milliseconds[1] >= milliseconds[0] }
  }

  init(options: Prune, console: Console, file: ModelBytes, labelFile: [UInt8]?) {
    (self.options, self.console, self.file, self.labelFile) = (options, console, file, labelFile)
  }

  private var workers: Workers { options.threads.map { Workers($0.value) } ?? .all }

  mutating func run(_ recipeFile: [UInt8]?) throws(QuantError) -> Outcome {
    console.progress("reading \(options.model)")
    var graph = try Converter.source(file, folder: Files.folder(options.model), report: &report)
    graph.name = Files.stem(options.model)
    let converter = try converter(graph)
    let hash = String(xxh64(file.bytes), radix: 16)
    let test = try options.data.map { path throws(QuantError) in try open(path) }
    let original = try test.map { test throws(QuantError) in try evaluate(try model(graph, converter), test) }

    var (recipe, sqnr): (PruningRecipe, Double?)
    let (pruned, plain): (Graph, Graph)
    if let recipeFile {
      recipe = try PruningRecipe(json: recipeFile, sourceHash: hash)
      sqnr = nil
      let small = try graph.pruned(by: recipe)
      if let decisions = recipe.quantization {
        let decision = try Quantizer.Decision(small, decisions)
        pruned = try decision.graph.quantized(by: decision.recipe)
      } else {
        pruned = small
      }
      plain = graph
    } else {
      let set = try CalibrationSet(
        try open(options.calibration!), for: graph, preprocessing: converter.preprocessing, limit: options.limit.value,
        report: &report)
      let decision = try prune(graph, set, converter, original, test)
      (recipe, sqnr) = (decision.recipe, decision.sqnr)
      recipe.sourceHash = hash
      if options.float {
        (pruned, plain) = (decision.graph, graph)
      } else {
        let quantized = try quantizer(converter).decide(decision.graph, set)
        recipe.quantization = quantized.recipe
        pruned = try quantized.graph.quantized(by: quantized.recipe)
        // Only what it costs is of interest.
        var quick = quantizer(converter)
        (quick.method, quick.repairs) = (.minMax, [])
        let unpruned = try quick.decide(graph, set)
        plain = try unpruned.graph.quantized(by: unpruned.recipe)
      }
    }
    return try compare(plain, pruned, converter, original, test, recipe, sqnr)
  }

  private mutating func compare(
    _ plain: Graph, _ pruned: Graph, _ converter: Converter, _ original: Evaluation?, _ test: Dataset?,
    _ recipe: PruningRecipe, _ sqnr: Double?
  ) throws(QuantError) -> Outcome {
    console.progress("planning memory and running the self-test")
    let before = try finished(plain, converter)
    var after = try finished(pruned, converter)
    if let test {
      after.evaluation = try evaluate(try load(after.conversion), test)
    }
    let timing = try ModelTiming([before.conversion.model, after.conversion.model])
    var refusals: [String] = []
    if after.conversion.bytes.count > before.conversion.bytes.count {
      refusals.append(
        "the pruned file has \(after.conversion.bytes.count) bytes, the unpruned one \(before.conversion.bytes.count)")
    }
    if after.effectiveMACs > before.effectiveMACs {
      refusals.append(
        "the pruned model makes \(after.effectiveMACs) products, the unpruned one \(before.effectiveMACs)")
    }
    if let limit = options.maxDrop, let original, let evaluation = after.evaluation {
      let drop = 100 * original.paired(with: evaluation).drop
      if drop > limit {
        refusals.append("\(Figures.decimal(drop, 2)) points are lost, \(limit) may be")
      }
    }
    return Outcome(
      before: before, after: after, original: original, milliseconds: timing.milliseconds, recipe: recipe, sqnr: sqnr,
      refusals: refusals)
  }

  private mutating func prune(
    _ graph: Graph, _ set: CalibrationSet, _ converter: Converter, _ original: Evaluation?, _ test: Dataset?
  ) throws(QuantError) -> Pruner.Decision {
    var pruner = Pruner()
    pruner.workers = workers
    let console = console
    pruner.progress = { name, _ in console.progress(name) }
    let goals = [options.targetMacs.map { Pruner.Goal.macs($0) }, options.sparsity.map { .sparsity($0) }].compactMap {
      $0
    }
    guard goals.isEmpty, let limit = options.maxDrop, let original, let test else {
      return try pruner.decide(graph, set, goals)
    }
    var job = self
    return try pruner.decide(graph, set, maximumDrop: limit) { graph throws(QuantError) in
      let quantizer = job.quantizer(converter)
      var finished = graph
      if !job.options.float {
        let decision = try quantizer.decide(graph, set)
        finished = try decision.graph.quantized(by: decision.recipe)
      }
      return 100 * original.paired(with: try job.evaluate(try job.model(finished, converter), test)).drop
    }
  }

  private func quantizer(_ converter: Converter) -> Quantizer {
    var quantizer = Quantizer()
    quantizer.io = options.io
    quantizer.workers = workers
    quantizer.inputRange = converter.preprocessing?.range
    let console = console
    quantizer.progress = { name, _ in console.progress(name) }
    return quantizer
  }

  private mutating func converter(_ graph: Graph) throws(QuantError) -> Converter {
    var converter = Converter()
    if let input = graph.inputTypes.first {
      converter.preprocessing = try options.preprocessing.choice.resolved(for: input, report: &report)
    }
    if let labelFile {
      converter.labels = try Labels.parse(labelFile, classCount: graph.classCount, report: &report)
    }
    converter.origin.fileName = Files.name(options.model)
    converter.origin.fileHash = xxh64(file.bytes)
    converter.origin.tool = "edgequant \(PackageVersion.text)"
    converter.origin.recipe = "edgequant prune \(Files.name(options.model)) -o \(Files.name(options.output))"
    return converter
  }

  private mutating func open(_ path: String) throws(QuantError) -> Dataset {
    do throws(DataError) { return try Dataset.open(path, report: &report) } catch { throw .data(error) }
  }

  private mutating func model(_ graph: Graph, _ converter: Converter) throws(QuantError) -> RunnableModel {
    try RunnableModel(
      try Converter.lowered(graph, report: &report), name: options.model, preprocessing: converter.preprocessing,
      labels: converter.labels)
  }

  private mutating func load(_ conversion: Conversion) throws(QuantError) -> RunnableModel {
    try RunnableModel.load(ModelBytes(copying: conversion.bytes), name: options.output, report: &report)
  }

  private mutating func evaluate(_ model: RunnableModel, _ test: Dataset) throws(QuantError) -> Evaluation {
    console.progress("evaluating")
    return try Evaluator(model).evaluate(test, workers: workers, report: &report)
  }

  private mutating func finished(_ graph: Graph, _ converter: Converter) throws(QuantError) -> Side {
    let conversion = try converter.convert(try Converter.lowered(graph, report: &report), report: &report)
    let model = try load(conversion)
    return Side(conversion: conversion, cost: try model.cost(), effectiveMACs: try model.effectiveMACs())
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
    add("multiply-accumulates", before.effectiveMACs, after.effectiveMACs)
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
