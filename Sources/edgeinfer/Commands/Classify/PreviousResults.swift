import EdgeFormats
import EdgeTensor

/// Reads what an interrupted run has written, picture by picture, to go on behind the last one that is complete.
///
/// The file must be the beginning of what this run would write: the same pictures, in the same order, in the same format. It is compared
/// by the paths in it. What is incomplete at its end, from a cut line to a picture of whose CSV rows some are missing, does not count.
final class PreviousResults {
  /// A picture of the file.
  struct Picture {
    /// Class numbers, the best first; empty if it could not be labelled.
    var classes: [Int] = []
  }

  private let path: Path
  private let file: File
  private let format: PictureResults.Format
  /// Rows of a picture in CSV, classes in JSONL.
  private let classCount: Int
  private var buffer: [UInt8] = []
  private var position = 0
  /// In the buffer, behind the last complete picture.
  private var keptPosition = 0
  private var isAtEnd = false
  /// What comes next is incomplete, or is not there at all.
  private var isCut = false
  private var pictureCount = 0
  /// So many bytes of the file are complete pictures.
  private(set) var byteCount = 0

  private static let chunkByteCount = 1 << 16

  /// - Parameters:
  ///   - header: what the file begins with.
  ///   - classCount: that each picture has.
  /// - Returns: nil if there is no such file.
  init?(_ path: Path, _ format: PictureResults.Format, header: [UInt8], classCount: Int) throws(Failure) {
    guard path.kind != .missing else { return nil }
    guard let file = File(reading: path), file.byteCount != nil else {
      throw Failure(.cannotCreate, "cannot resume \(path): it is no file that can be read")
    }
    self.path = path
    self.file = file
    self.format = format
    self.classCount = classCount
    switch try match(header) {
    case .equal: keep()
    case .cut: isCut = true
    case .different:
      throw Failure(
        .badData, "cannot resume \(path): it does not begin as this command's output does; check --format and --timing")
    }
  }

  /// - Parameter expected: the path of the next picture of this run.
  /// - Returns: nil if the file ends here.
  func next(_ expected: Path) throws(Failure) -> Picture? {
    if isCut { return nil }
    let picture = try read(expected)
    if picture == nil {
      isCut = true
    } else {
      keep()
      pictureCount += 1
    }
    return picture
  }

  private func read(_ expected: Path) throws(Failure) -> Picture? {
    let start = format == .csv ? CSV.field(expected.bytes) + [UInt8(ascii: ",")] : PictureResults.jsonStart(expected)
    var picture = Picture()
    for rank in 1...classCount {
      switch try match(start) {
      case .equal: break
      case .cut: return nil
      case .different:
        guard rank == 1 else { throw otherClasses(expected) }
        throw Failure(
          .badData,
          "cannot resume \(path): its picture \(pictureCount + 1) is not \(expected); the pictures, their order or --top differ"
        )
      }
      guard let line = try line() else { return nil }
      if format == .csv {
        let fields = line.split(separator: UInt8(ascii: ","), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw otherClasses(expected) }
        if fields[0].isEmpty, rank == 1 { break }
        guard PreviousResults.number(fields[0]) == rank, let index = PreviousResults.number(fields[1]) else {
          throw otherClasses(expected)
        }
        picture.classes.append(index)
      } else {
        picture.classes = PreviousResults.classes(line)
        let isError = PreviousResults.begins(line, ",\"error\":")
        guard line.last == UInt8(ascii: "}"), isError || picture.classes.count == classCount else {
          throw otherClasses(expected)
        }
        break
      }
    }
    return picture
  }

  /// Call it where the pictures of this run end, or the file does.
  func finish() throws(Failure) {
    if isCut { return }
    guard try fill(byteCount: 1) else { return }
    throw Failure(.badData, "cannot resume \(path): it has more than the \(pictureCount) pictures of this run")
  }

  private func otherClasses(_ picture: Path) -> Failure {
    Failure(
      .badData, "cannot resume \(path): \(picture) has not the \(classCount) classes of this run; check -m and --top")
  }

  /// What was read is complete.
  private func keep() {
    byteCount += position - keptPosition
    keptPosition = position
  }

  private enum Match {
    case equal, cut, different
  }

  /// Goes behind `expected` if it comes next.
  private func match(_ expected: [UInt8]) throws(Failure) -> Match {
    let isLongEnough = try fill(byteCount: expected.count)
    let found = buffer[position...].prefix(expected.count)
    // Zero bytes are what some file systems leave behind when the power fails.
    if found.first == 0 { return .cut }
    guard expected.starts(with: found) else { return .different }
    guard isLongEnough else { return .cut }
    position += expected.count
    return .equal
  }

  /// Everything up to the end of the line, and goes behind that; nil if there is none.
  private func line() throws(Failure) -> ArraySlice<UInt8>? {
    let carriageReturn = format == .csv ? 1 : 0
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        let line = buffer[position..<max(end - carriageReturn, position)]
        position = end + 1
        return line
      }
      let count = buffer.count - position
      guard try fill(byteCount: count + 1) else { return nil }
      searched = position + count
    }
  }

  /// Reads until the buffer has so many bytes from `position` on; false if the file does not.
  private func fill(byteCount wanted: Int) throws(Failure) -> Bool {
    while buffer.count - position < wanted, !isAtEnd {
      buffer.removeFirst(keptPosition)
      position -= keptPosition
      keptPosition = 0
      let count: Int? = withUnsafeTemporaryAllocation(byteCount: PreviousResults.chunkByteCount, alignment: 1) {
        chunk in
        guard let count = file.read(into: chunk) else { return nil }
        buffer.append(contentsOf: chunk[..<count])
        return count
      }
      guard let count else { throw Failure(.inputOutput, "cannot read \(path): \(SystemError.text)") }
      isAtEnd = count < PreviousResults.chunkByteCount
    }
    return buffer.count - position >= wanted
  }

  private static func begins(_ line: ArraySlice<UInt8>, _ start: StaticString) -> Bool {
    line.count >= start.utf8CodeUnitCount && line.prefix(start.utf8CodeUnitCount).elementsEqual(start.bytes)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int? { Int(ascii: digits) }

  /// The numbers behind `{"index":`, which no string of JSON contains: there, a quotation mark has a backslash before it.
  private static func classes(_ line: ArraySlice<UInt8>) -> [Int] {
    let key: StaticString = "{\"index\":"
    var classes: [Int] = []
    var rest = line
    while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
      rest = rest[brace...]
      guard begins(rest, key) else {
        rest = rest.dropFirst()
        continue
      }
      rest = rest.dropFirst(key.utf8CodeUnitCount)
      if let index = number(rest.prefix { (0x30...0x39).contains($0) }) { classes.append(index) }
    }
    return classes
  }
}
