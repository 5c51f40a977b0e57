import EdgeTensor

/// Parsed arguments of one command.
///
/// The grammar is that of `getopt_long`: `--name value`, `--name=value`, `-n value`, `-nvalue`, joined switches (`-qv`),
/// options and operands in any order, `--` before operands that start with a dash.
struct Arguments {
  private var values: [(name: StaticString, value: [UInt8])] = []
  private(set) var operands: [[UInt8]] = []
  private let command: StaticString

  /// - Parameter command: for messages; "" stands for the program itself.
  init(parsing arguments: [[UInt8]], options: [Option], command: StaticString) throws(Failure) {
    self.command = command
    let dash = UInt8(ascii: "-")
    var next = 0
    while next < arguments.count {
      let argument = arguments[next]
      next += 1
      if argument.count < 2 || argument[0] != dash {
        operands.append(argument)
      } else if argument[1] != dash {
        try parseShort(argument, arguments, &next, options)
      } else if argument.count == 2 {
        operands += arguments[next...]
        next = arguments.count
      } else {
        try parseLong(argument, arguments, &next, options)
      }
    }
  }

  private mutating func parseLong(
    _ argument: [UInt8], _ arguments: [[UInt8]], _ next: inout Int, _ options: [Option]
  ) throws(Failure) {
    let body = argument.dropFirst(2)
    let equals = body.firstIndex(of: UInt8(ascii: "="))
    let name = Array(body[..<(equals ?? body.endIndex)])
    guard let option = options.first(where: { $0.long.bytes.elementsEqual(name) }) else {
      let nearest = Spelling.nearest(to: name, among: options.map { $0.long })
      throw usage("unknown option --\(utf8: name)", nearest.map { "did you mean --\($0)?" })
    }
    guard let argument = option.argument else {
      guard equals == nil else { throw usage("option --\(option.long) takes no value") }
      values.append((option.long, []))
      return
    }
    if let equals {
      values.append((option.long, Array(body[(equals + 1)...])))
    } else {
      guard next < arguments.count else { throw usage("option --\(option.long) needs a value: \(argument)") }
      values.append((option.long, arguments[next]))
      next += 1
    }
  }

  private mutating func parseShort(
    _ argument: [UInt8], _ arguments: [[UInt8]], _ next: inout Int, _ options: [Option]
  ) throws(Failure) {
    var position = 1
    while position < argument.count {
      let letter = argument[position]
      position += 1
      guard let option = options.first(where: { $0.short?.value == UInt32(letter) }) else {
        throw usage("unknown option -\(utf8: [letter])")
      }
      guard let name = option.argument else {
        values.append((option.long, []))
        continue
      }
      if position < argument.count {
        values.append((option.long, Array(argument[position...])))
      } else {
        guard next < arguments.count else { throw usage("option -\(utf8: [letter]) needs a value: \(name)") }
        values.append((option.long, arguments[next]))
        next += 1
      }
      return
    }
  }

  /// Every value given for an option, in order.
  func all(_ option: Option) -> [[UInt8]] {
    values.filter { $0.name.bytes.elementsEqual(option.long.bytes) }.map { $0.value }
  }

  /// The value given last.
  func last(_ option: Option) -> [UInt8]? { all(option).last }

  func has(_ option: Option) -> Bool { last(option) != nil }

  func path(_ option: Option) throws(Failure) -> Path? {
    guard let value = last(option) else { return nil }
    guard !value.isEmpty else { throw usage("option --\(option.long) needs the name of a file") }
    return Path(value)
  }

  /// A whole number.
  func integer(_ option: Option, in range: ClosedRange<Int>) throws(Failure) -> Int? {
    guard let value = last(option) else { return nil }
    guard let number = Int(ascii: value), range.contains(number) else {
      throw usage(
        "option --\(option.long): \"\(utf8: value)\" is not a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Whole numbers with commas between them, at least one.
  func integers(_ option: Option, in range: ClosedRange<Int>) throws(Failure) -> [Int]? {
    guard let value = last(option) else { return nil }
    var numbers: [Int] = []
    for word in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let number = Int(ascii: word), range.contains(number) else {
        throw usage(
          """
          option --\(option.long): "\(utf8: value)" has something that is not a number from \(range.lowerBound) to \
          \(range.upperBound)
          """)
      }
      numbers.append(number)
    }
    return numbers
  }

  /// `5%` or `5`, as a part of 1.
  func percentage(_ option: Option) throws(Failure) -> Double? {
    guard var value = last(option) else { return nil }
    if value.last == UInt8(ascii: "%") { value.removeLast() }
    guard let number = Units.decimal(value) else {
      throw usage("option --\(option.long): \"\(utf8: value)\" is not a percentage such as 5%")
    }
    return Double(number) / 100
  }

  /// A number of bytes, with a unit or without.
  func byteCount(_ option: Option) throws(Failure) -> Int? {
    guard let value = last(option) else { return nil }
    guard let count = Units.byteCount(value) else {
      throw usage("option --\(option.long): \"\(utf8: value)\" is not a size such as 300000, 512K or 8M")
    }
    return count
  }

  /// A number of things, with a unit or without.
  func count(_ option: Option) throws(Failure) -> Int? {
    guard let value = last(option) else { return nil }
    guard let count = Units.count(value) else {
      throw usage("option --\(option.long): \"\(utf8: value)\" is not a number such as 500000, 500K or 40M")
    }
    return count
  }

  /// A time with a unit, in nanoseconds.
  func duration(_ option: Option) throws(Failure) -> Int64? {
    guard let value = last(option) else { return nil }
    guard let duration = Units.duration(value) else {
      throw usage("option --\(option.long): \"\(utf8: value)\" is not a time such as 500ms, 30s, 10m or 2h")
    }
    return duration
  }

  /// A decimal number, at least 0.
  func number(_ option: Option) throws(Failure) -> Float? {
    guard let value = last(option) else { return nil }
    guard let number = Units.decimal(value) else {
      throw usage("option --\(option.long): \"\(utf8: value)\" is not a decimal number such as 0.75")
    }
    return number
  }

  /// One of several words.
  func choice(_ option: Option, among words: [StaticString]) throws(Failure) -> Int? {
    guard let value = last(option) else { return nil }
    if let index = words.firstIndex(where: { $0.bytes.elementsEqual(value) }) { return index }
    var list: Text = ""
    for word in words { list += list.isEmpty ? "\(word)" : ", \(word)" }
    throw usage("option --\(option.long): \"\(utf8: value)\" is not one of \(list)")
  }

  /// A failure of this command line.
  func usage(_ problem: Text, _ hint: Text? = nil) -> Failure {
    let name: Text = command.utf8CodeUnitCount == 0 ? "" : "\(command) "
    return Failure(.usage, "\(problem); \(hint ?? "see edgeinfer \(name)--help")")
  }

}
