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
}
