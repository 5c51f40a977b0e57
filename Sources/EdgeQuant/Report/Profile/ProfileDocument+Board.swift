extension ProfileDocument {
  struct Board: Decodable, Sendable {
    let model: String?
    let kernel: String?
    let processorCount: Int?
    let governor: String?
    let programHash: String?
    let start: State?
    let end: State?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      model = try members.text("model")
      kernel = try members.text("kernel")
      processorCount = try members.count("processors")
      governor = try members.text("governor")
      programHash = try members.text("program_xxh64")
      start = try members.object("start")
      end = try members.object("end")
    }

    /// Before or after all runs.
    struct State: Decodable, Sendable {
      let megahertz: Double?
      let celsius: Double?
      let throttled: Throttling?

      init(from decoder: any Decoder) throws {
        let members = try ProfileMembers(decoder)
        megahertz = try members.quantity("mhz")
        celsius = try members.number("celsius")
        throttled = try members.count("throttled").map { Throttling(flags: $0) }
      }
    }
  }

  /// The flags of a Raspberry Pi's firmware (`get_throttled`): bits 0 to 3 now, 16 to 19 since the board started.
  struct Throttling: Sendable {
    let flags: Int

    /// `under-voltage now, throttled before`.
    var text: String {
      let names = ["under-voltage", "clock capped", "throttled", "soft temperature limit"]
      let now = names.indices.filter { flags >> $0 & 1 != 0 }.map { "\(names[$0]) now" }
      let before = names.indices.filter { flags >> ($0 + 16) & 1 != 0 && flags >> $0 & 1 == 0 }.map {
        "\(names[$0]) before"
      }
      return flags == 0 ? "no" : (now + before).isEmpty ? "flags \(flags)" : (now + before).joined(separator: ", ")
    }
  }
}
