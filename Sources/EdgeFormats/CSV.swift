/// Comma-separated values (RFC 4180).
public enum CSV {
  /// Ends every row.
  public static let lineEnd: StaticString = "\r\n"

  /// One field, in quotes only where they are needed. Bytes stay as they are, whatever their encoding.
  public static func field(_ bytes: some Collection<UInt8>) -> [UInt8] {
    let needsQuotes = bytes.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A || byte == 0x0D
    }
    guard needsQuotes else { return Array(bytes) }
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    for byte in bytes {
      if byte == UInt8(ascii: "\"") { quoted.append(byte) }
      quoted.append(byte)
    }
    quoted.append(UInt8(ascii: "\""))
    return quoted
  }

  /// The fields of each row, without quotes; rows may end with LF alone, and empty ones are left out.
  /// - Returns: nil if a quoted field does not end, or something follows its end.
  public static func rows(_ file: [UInt8]) -> [[[UInt8]]]? {
    var rows: [[[UInt8]]] = []
    var (row, field): ([[UInt8]], [UInt8]) = ([], [])
    var isQuoted = false
    var position = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0

    func endField() {
      row.append(field)
      field = []
      isQuoted = false
    }
    func endRow() {
      endField()
      if row.count > 1 || !row[0].isEmpty { rows.append(row) }
      row = []
    }
    while position < file.count {
      let byte = file[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\"") where field.isEmpty && !isQuoted:
        isQuoted = true
        while true {
          guard let end = file[position...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
          field += file[position..<end]
          position = end + 1
          guard position < file.count, file[position] == UInt8(ascii: "\"") else { break }
          field.append(UInt8(ascii: "\""))
          position += 1
        }
      case UInt8(ascii: ","): endField()
      case 0x0A: endRow()
      case 0x0D where position == file.count || file[position] == 0x0A: continue
      default:
        if isQuoted { return nil }
        field.append(byte)
      }
    }
    endRow()
    return rows
  }
}
