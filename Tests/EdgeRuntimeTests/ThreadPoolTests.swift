import CEdgeSystem
import Glibc
import Synchronization
import Testing

@Suite("Thread pool")
struct ThreadPoolTests {
  /// What the parts of a job did.
  private final class Tally: Sendable {
    let counts: [Counter]
    private let thread = Atomic<UInt>(0)
    /// How long each part takes, in microseconds.
    let duration: @Sendable (Int) -> UInt32

    init(threads: Int, duration: @escaping @Sendable (Int) -> UInt32) {
      counts = (0..<threads).map { _ in Counter() }
      self.duration = duration
    }

    /// Who did the last part.
    var lastThread: pthread_t { thread.load(ordering: .relaxed) }

    var values: [Int] { counts.map { $0.value.load(ordering: .relaxed) } }

    /// - Parameter wakes: whether sleeping workers are called first, as an interpreter does.
    func run(on pool: OpaquePointer, wakes: Bool = true) {
      if wakes { _ = edge_pool_wake(pool) }
      edge_pool_run(
        pool,
        { context, _, part in
          let tally = Unmanaged<Tally>.fromOpaque(context!).takeUnretainedValue()
          let microseconds = tally.duration(Int(part))
          if microseconds > 0 { usleep(microseconds) }
          if Int(part) == tally.counts.count - 1 { tally.thread.store(pthread_self(), ordering: .relaxed) }
          tally.counts[Int(part)].value.add(1, ordering: .relaxed)
        }, Unmanaged.passUnretained(self).toOpaque(), 1)
    }
  }

  /// Jobs each part of which adds up what all parts of the job before left behind.
  private final class Relay: Sendable {
    static let jobCount = 50
    let cells: [[Counter]]

    init(threads: Int) {
      cells = (0...Relay.jobCount).map { _ in (0..<threads).map { _ in Counter() } }
      for cell in cells[0] { cell.value.store(1, ordering: .relaxed) }
    }

    func run(on pool: OpaquePointer) {
      edge_pool_run(
        pool,
        { context, job, part in
          let cells = Unmanaged<Relay>.fromOpaque(context!).takeUnretainedValue().cells
          let sum = cells[Int(job)].reduce(0) { ($0 + $1.value.load(ordering: .relaxed)) % 1_000_003 }
          cells[Int(job) + 1][Int(part)].value.store(sum, ordering: .relaxed)
        }, Unmanaged.passUnretained(self).toOpaque(), Int32(Relay.jobCount))
    }
  }

  @Test("No part of a job of a list begins before all parts of the job before are done", arguments: [1, 2, 3, 4, 8])
  func lists(_ threads: Int) throws {
    var expected = 1
    for _ in 0..<Relay.jobCount { expected = expected * threads % 1_000_003 }
    try withPool(threads) { pool in
      for _ in 0..<300 {
        let relay = Relay(threads: threads)
        relay.run(on: pool)
        guard relay.cells[Relay.jobCount].allSatisfy({ $0.value.load(ordering: .relaxed) == expected }) else {
          Issue.record("a part began too soon")
          return
        }
      }
    }
  }

  private func withPool(_ threads: Int, _ body: (OpaquePointer) throws -> Void) throws {
    let pool = try #require(edge_pool_create(Int32(threads)))
    defer { edge_pool_destroy(pool) }
    try body(pool)
  }

  @Test("Every part of every job is done once before the next job begins", arguments: [1, 2, 3, 4, 8])
  func everyPart(_ threads: Int) throws {
    try withPool(threads) { pool in
      let tally = Tally(threads: threads) { _ in 0 }
      for job in 1...20_000 {
        tally.run(on: pool)
        guard tally.values == Array(repeating: job, count: threads) else {
          Issue.record("after job \(job): \(tally.values)")
          return
        }
      }
    }
  }

  @Test("Parts of very different length are waited for", arguments: 2...5)
  func unevenParts(_ threads: Int) throws {
    for slow in 0..<threads {
      try withPool(threads) { pool in
        let tally = Tally(threads: threads) { $0 == slow ? 2000 : 0 }
        for job in 1...20 {
          tally.run(on: pool)
          #expect(tally.values == Array(repeating: job, count: threads))
        }
      }
    }
  }

  @Test("Workers that fell asleep, woken or not, hold nobody up", arguments: [true, false])
  func sleepers(_ wakes: Bool) throws {
    try withPool(4) { pool in
      let tally = Tally(threads: 4) { _ in 0 }
      for job in 1...40 {
        usleep(1000)
        tally.run(on: pool, wakes: wakes)
        #expect(tally.values == Array(repeating: job, count: 4))
      }
    }
  }

  @Test("Workers that sleep are reported, and take parts after they were called")
  func waking() throws {
    try withPool(2) { pool in
      // The first looks may still find it awake.
      var sleeps = false
      for _ in 0..<1000 where !sleeps {
        usleep(1000)
        sleeps = !edge_pool_wake(pool)
      }
      #expect(sleeps)
      // The caller's part leaves time to wake up.
      let caller = pthread_self()
      let tally = Tally(threads: 2) { $0 == 0 ? 3000 : 0 }
      var helped = 0
      for _ in 0..<20 {
        usleep(3000)
        tally.run(on: pool)
        if tally.lastThread != caller { helped += 1 }
      }
      #expect(helped > 0)
    }
  }

  @Test("A pool ends at once, whether its workers look for work or sleep", arguments: [0, 100, 2000] as [UInt32])
  func ending(_ microseconds: UInt32) throws {
    for threads in 1...6 {
      for _ in 0..<10 { try withPool(threads) { _ in usleep(microseconds) } }
    }
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
