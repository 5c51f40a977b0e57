import CEdgeSystem
import EdgeTensor

/// Runs a command for each result, with the result in its environment. One at a time: results that come while it runs do without.
struct ResultHook {
  private let command: Path
  private var process: Int32?
  private(set) var count = 0
  /// Results without a command, since the one before still ran.
  private(set) var skippedCount = 0
  /// Commands that could not be started, or ended with another status than 0.
  private(set) var failureCount = 0

  init(_ command: Path) { self.command = command }

  /// - Parameter variables: `NAME=value`.
  mutating func run(_ variables: [Text]) {
    reap()
    guard process == nil else {
      skippedCount += 1
      return
    }
    let strings = variables.map { variable in
      let bytes = variable.bytes.filter { $0 != 0 } + [0]
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
      return copy
    }
    defer { for string in strings { string.deallocate() } }
    let list = strings.map { Optional($0) } + [nil]
    let started = list.withUnsafeBufferPointer { list in
      command.withCString { edge_command_start($0, list.baseAddress) }
    }
    guard let started, started >= 0 else {
      failureCount += 1
      return
    }
    process = started
    count += 1
  }

  /// Notes the end of a command that has ended.
  mutating func reap() {
    var status: Int32 = 0
    guard let running = process, edge_command_has_ended(running, &status) else { return }
    process = nil
    if status != 0 { failureCount += 1 }
  }
}
