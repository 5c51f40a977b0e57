import Dispatch
import Foundation

/// A fixed number of threads that share work items. Which thread computes an item never shows in the results, which come in the order of
/// the items.
public struct Workers: Sendable {
  /// At least 1.
  public let count: Int

  public init(_ count: Int) { self.count = max(count, 1) }

  /// As many as this machine has cores.
  public static var all: Workers { Workers(ProcessInfo.processInfo.activeProcessorCount) }

  /// Calls `body` for each item in `0..<items`, each thread with its own number in `0..<count`.
  /// - Throws: the error of the lowest item that failed; items not yet begun are then left out.
  public func map<T>(
    _ items: Int, _ body: (_ worker: Int, _ item: Int) throws(QuantError) -> T
  ) throws(QuantError) -> [T] {
    var results = [Result<T, QuantError>?](repeating: nil, count: items)
    results.withUnsafeMutableBufferPointer { results in
      let claim = Claim(items)
      func work(_ worker: Int) {
        while let item = claim.next() {
          let result = Result { () throws(QuantError) -> T in try body(worker, item) }
          results[item] = result
          if case .failure = result { claim.stop() }
        }
      }
      guard count > 1, items > 1 else { return work(0) }
      withoutActuallyEscaping(work) { work in
        // Threads share nothing but the claim: each item has its slot, each worker its number, and all end before this returns.
        typealias Shared = @Sendable (Int) -> Void
        DispatchQueue.concurrentPerform(iterations: count, execute: unsafeBitCast(work, to: Shared.self))
      }
    }
    var values: [T] = []
    values.reserveCapacity(items)
    for case .failure(let error)? in results { throw error }
    for case .success(let value)? in results { values.append(value) }
    return values
  }
}

/// Hands out item numbers in order.
private final class Claim: @unchecked Sendable {
  private let lock = NSLock()
  private var item = 0
  private var end: Int

  init(_ end: Int) { self.end = end }

  func next() -> Int? {
    lock.withLock {
      guard item < end else { return nil }
      item += 1
      return item - 1
    }
  }

  func stop() { lock.withLock { end = 0 } }
}
