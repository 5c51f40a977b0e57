import EdgeModel
import EdgeRuntime
import EdgeTensor

extension Command {
  static let info = Command(
    name: "info",
    summary: "Show what a model contains and how much memory it needs.",
    operands: "",
    details: """
      The peak is the memory that one inference needs for activations. It is planned
      when the model is converted, and holds on every board. Weights are used where
      the file is mapped and are not part of it.
      """,
    options: [
      .model, .infoFormat, .infoThreads, .noFuse, .maximumMemory,
      Option("verbose", "v", nil, "all tensors, and names in full length"),
    ],
    example: "edgeinfer info -m model.edge",
    run: { arguments throws(Failure) in
      guard arguments.operands.isEmpty else {
        throw arguments.usage("unexpected \"\(utf8: arguments.operands[0])\"", "the model is given with -m FILE")
      }
      let wantsJSON = try arguments.choice(.infoFormat, among: ["text", "json"]) == 1
      let threads = try arguments.integer(.infoThreads, in: 1...256) ?? 1
      let memoryLimit = try arguments.byteCount(.maximumMemory)
      let path = try ModelFile.find(arguments)
      let model = try ModelFile.load(path)
      let plan = try ModelFile.plan(
        model, path, threads: threads, fuses: !arguments.has(.noFuse), memoryLimit: memoryLimit)
      let output = Output.standard
      if wantsJSON {
        output.write(InfoJSON(plan, path).bytes)
      } else {
        InfoText(plan, path, output, isVerbose: arguments.has(.verbose)).write()
      }
      try output.flush()
      return .done
    })
}

extension Option {
  fileprivate static let infoFormat = Option("format", nil, "FORMAT", "text (the default) or json")
  fileprivate static let infoThreads = Option("threads", "t", "N", "the memory plan for so many threads (default 1)")
}
