extension Dataset {
  /// The same data with labels that are indices into a model's output.
  ///
  /// Classes that the data names are found among the model's labels: case, `_` and `-` do not matter. Where not one is found, names that
  /// are numbers are taken as such, and else the order of the data counts.
  /// - Parameters:
  ///   - modelLabels: names by class; may be empty.
  ///   - classCount: elements of the model's output.
  /// - Throws: `classes` where the numbers do not agree, `bad` if only some of the names are found.
  public func matched(
    labels modelLabels: [String], classCount: Int, report: inout Report
  ) throws(DataError) -> Dataset {
    var matched = self
    let isNamed = modelLabels.count == classCount
    if let places = try places(among: modelLabels, classCount: classCount, &report) {
      for index in items.indices { matched.items[index].label = items[index].label.map { places[$0] } }
      matched.classNames = isNamed ? modelLabels : named(places, classCount)
    } else {
      matched.classNames = isNamed ? modelLabels : []
    }
    let inData = max(declaredClassCount ?? 0, (matched.items.compactMap { $0.label }.max() ?? -1) + 1)
    guard inData <= classCount, declaredClassCount == nil || inData == classCount else {
      throw .classes(path: path, inData: inData, inModel: classCount, hint: "")
    }
    matched.declaredClassCount = nil
    return matched
  }

  /// The model's class for each class that the data names; nil if it names none.
  private func places(
    among modelLabels: [String], classCount: Int, _ report: inout Report
  ) throws(DataError) -> [Int]? {
    guard !classNames.isEmpty else { return nil }
    var known: [String: Int] = [:]
    for (index, label) in modelLabels.enumerated() where !label.isEmpty {
      known[Dataset.plain(label)] = known[Dataset.plain(label)] ?? index
    }
    let found = classNames.map { known[Dataset.plain($0)] }
    let missing = zip(classNames, found).filter { $1 == nil }.map { $0.0 }
    if missing.isEmpty { return found.compactMap { $0 } }
    guard missing.count == classNames.count else {
      let some = missing.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
      throw .bad(
        path: path,
        reason: "\(missing.count) of \(classNames.count) classes have no label of that name in the model: \(some)")
    }
    let numbers = classNames.compactMap { Int($0) }
    if numbers.count == classNames.count, Set(numbers).count == numbers.count {
      try Dataset.check(labels: numbers, path: path)
      return numbers
    }
    if classNames.count == classCount {
      if !modelLabels.isEmpty {
        report.note("\(path): no class has the name of one of the model's labels, so their order counts")
      }
      return Array(classNames.indices)
    }
    if classNames.count + 1 == classCount, classCount == 1001 {
      report.note("\(path): \(classNames.count) classes; output 0 is taken to be the background")
      return classNames.indices.map { $0 + 1 }
    }
    throw .classes(
      path: path, inData: classNames.count, inModel: classCount,
      hint: modelLabels.isEmpty
        ? " and no labels to find classes by name; give --labels, or data with all classes"
        : " and no label that is the name of a class")
  }

  private func named(_ places: [Int], _ classCount: Int) -> [String] {
    var names = [String](repeating: "", count: classCount)
    for (name, place) in zip(classNames, places) where place < classCount { names[place] = name }
    return names
  }

  private static func plain(_ name: String) -> String {
    String(name.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 })
  }
}
