extension ProfileDocument {
  /// How many runs took how long; the last bin holds all that is above it, too.
  struct Histogram: Decodable, Sendable {
    let low: Double
    let width: Double
    let counts: [Int]

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      low = try members.required("low_ms", members.quantity("low_ms"))
      width = try members.required("width_ms", members.quantity("width_ms"))
      counts = try members.list("counts", Int.self)
      guard counts.allSatisfy({ (0...ProfileMembers.maximumCount).contains($0) }) else {
        throw members.problem("counts", "a count is out of range")
      }
    }
  }

  /// What is done to a picture before the network sees it.
  struct Stage: Decodable, Sendable {
    let mean: Double?
    let median: Double
    let p99: Double?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      mean = try members.quantity("avg_ms")
      median = try members.required("median_ms", members.quantity("median_ms"))
      p99 = try members.quantity("p99_ms")
    }
  }

  struct Memory: Decodable, Sendable {
    let arenaBytes: Int?
    let fileBytes: Int?
    /// File and arena.
    let promisedBytes: Int?
    let highWaterBytes: Int?
    let residentBytes: Int?
    let stackBytes: Int?
    let residentWeightBytes: Int?
    let allocationCount: Int?
    /// -1: before the first operator; as many as there are operators: after the last.
    let peakOperator: Int?
    let operatorCount: Int
    let peakTensors: [PeakTensor]
    let blocks: [Block]

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      arenaBytes = try members.count("arena_bytes")
      fileBytes = try members.count("file_bytes")
      promisedBytes = try members.count("promised_bytes")
      highWaterBytes = try members.count("vm_hwm_bytes")
      residentBytes = try members.count("vm_rss_bytes")
      stackBytes = try members.count("stack_bytes")
      residentWeightBytes = try members.count("weights_resident_bytes")
      allocationCount = try members.count("invoke_allocations")
      peakOperator = try members.index("peak_operator")
      operatorCount = try members.count("operators") ?? 0
      peakTensors = try members.list("peak_tensors")
      blocks = try members.list("blocks")
    }

    struct PeakTensor: Decodable, Sendable {
      /// Nil: scratch.
      let tensor: Int?
      let name: String?
      let bytes: Int

      init(from decoder: any Decoder) throws {
        let members = try ProfileMembers(decoder)
        tensor = try members.count("tensor")
        name = try members.text("name")
        bytes = try members.count("bytes") ?? 0
      }
    }

    /// Bytes of the arena that are taken from one operator to another.
    struct Block: Decodable, Sendable {
      /// Nil: scratch.
      let tensor: Int?
      let name: String?
      let offset: Int
      let bytes: Int
      let first: Int
      let last: Int

      init(from decoder: any Decoder) throws {
        let members = try ProfileMembers(decoder)
        tensor = try members.count("tensor")
        name = try members.text("name")
        offset = try members.required("offset", members.count("offset"))
        bytes = try members.required("bytes", members.count("bytes"))
        first = try members.required("first_operator", members.index("first_operator"))
        last = try members.required("last_operator", members.index("last_operator"))
        guard first <= last else { throw members.problem("last_operator", "\(last) is before \(first), the first") }
      }
    }
  }

  /// Per inference.
  struct Counters: Decodable, Sendable {
    let cycles: Double?
    let instructions: Double?
    let cacheMisses: Double?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      cycles = try members.quantity("cycles")
      instructions = try members.quantity("instructions")
      cacheMisses = try members.quantity("cache_misses")
    }
  }

  /// What the machine can do at most.
  struct Roofline: Decodable, Sendable {
    /// In 10⁹ multiply-accumulates a second.
    let peak: Double
    /// In 10⁹ bytes a second.
    let bandwidth: Double
    /// How much was copied to measure that.
    let bandwidthBytes: Int?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      peak = try members.required("peak_gmacs", members.quantity("peak_gmacs"))
      bandwidth = try members.required("bandwidth_gbps", members.quantity("bandwidth_gbps"))
      bandwidthBytes = try members.count("bandwidth_bytes")
    }
  }

  /// One operator, or several that run as a fused block.
  struct Operator: Decodable, Sendable {
    let index: Int
    let count: Int
    let kind: String
    let node: String
    let kernel: String
    let threads: Int?
    let mean: Double?
    let median: Double
    let share: Double
    let macs: Int
    let weightBytes: Int?
    let activationBytes: Int?
    let gmacs: Double?
    let gbps: Double?
    let bound: String?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      index = try members.required("index", members.count("index"))
      count = try members.count("count") ?? 1
      kind = try members.required("operator", members.text("operator"))
      node = try members.text("node") ?? ""
      kernel = try members.text("kernel") ?? ""
      threads = try members.count("threads")
      mean = try members.quantity("avg_ms")
      median = try members.required("median_ms", members.quantity("median_ms"))
      share = try min(members.quantity("share") ?? 0, 1)
      macs = try members.count("macs") ?? 0
      weightBytes = try members.count("weight_bytes")
      activationBytes = try members.count("activation_bytes")
      gmacs = try members.quantity("gmacs")
      gbps = try members.quantity("gbps")
      bound = try members.text("bound")
    }
  }

  struct SweepPoint: Decodable, Sendable {
    let threads: Int
    let peakBytes: Int?
    let median: Double
    let minimum: Double?
    let p90: Double?
    let p99: Double?
    let speedup: Double?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      threads = try members.required("threads", members.count("threads"))
      peakBytes = try members.count("peak_bytes")
      median = try members.required("median_ms", members.quantity("median_ms"))
      minimum = try members.quantity("min_ms")
      p90 = try members.quantity("p90_ms")
      p99 = try members.quantity("p99_ms")
      speedup = try members.quantity("speedup")
    }
  }

  struct SoakInterval: Decodable, Sendable {
    /// From the start to the interval's end.
    let seconds: Double
    let runs: Int
    let median: Double?
    let p99: Double?
    let maximum: Double?
    let megahertz: Double?
    let celsius: Double?

    init(from decoder: any Decoder) throws {
      let members = try ProfileMembers(decoder)
      seconds = try members.required("seconds", members.quantity("seconds"))
      runs = try members.count("runs") ?? 0
      median = try members.quantity("median_ms")
      p99 = try members.quantity("p99_ms")
      maximum = try members.quantity("max_ms")
      megahertz = try members.quantity("mhz")
      celsius = try members.number("celsius")
    }
  }
}
