import Foundation
import Synchronization
import Testing

@testable import EdgeCamera

@Suite struct FrameQueueTests {
  /// What is handed over.
  private final class Item {
    var number = -1
  }

  @Test("the newest replaces what was not fetched") func newest() throws {
    let queue = try #require(FrameQueue((0..<3).map { _ in Item() }, replaces: true))
    for number in 0..<10 {
      let item = try #require(queue.empty())
      item.number = number
      queue.send(item)
    }
    let item = try #require(queue.receive())
    #expect(item.number == 9)
    queue.giveBack(item)
    queue.close()
    #expect(queue.receive() == nil)
  }

  @Test("without replacing, every item arrives, in order") func every() throws {
    let queue = try #require(FrameQueue((0..<3).map { _ in Item() }, replaces: false))
    let sender = Thread {
      for number in 0..<500 {
        guard let item = queue.empty() else { return }
        item.number = number
        queue.send(item)
      }
      queue.close()
    }
    sender.start()
    var numbers: [Int] = []
    while let item = queue.receive() {
      numbers.append(item.number)
      queue.giveBack(item)
    }
    #expect(numbers == Array(0..<500))
  }

  @Test("with replacing, items from a fast sender arrive in order, and the last one always") func latest() throws {
    let queue = try #require(FrameQueue((0..<3).map { _ in Item() }, replaces: true))
    let sender = Thread {
      for number in 0..<20_000 {
        guard let item = queue.empty() else { return }
        item.number = number
        queue.send(item)
      }
      queue.close()
    }
    sender.start()
    var numbers: [Int] = []
    while let item = queue.receive() {
      numbers.append(item.number)
      queue.giveBack(item)
    }
    #expect(numbers == numbers.sorted())
    #expect(Set(numbers).count == numbers.count)
    #expect(numbers.last == 19_999)
  }

  @Test("closing wakes a sender that waits") func closing() throws {
    let queue = try #require(FrameQueue((0..<3).map { _ in Item() }, replaces: false))
    let ended = Mutex(false)
    let sender = Thread {
      while let item = queue.empty() { queue.send(item) }
      ended.withLock { $0 = true }
    }
    sender.start()
    _ = queue.receive()
    queue.close()
    let end = Date().addingTimeInterval(20)
    while !ended.withLock({ $0 }), Date() < end { Thread.sleep(forTimeInterval: 0.001) }
    #expect(ended.withLock { $0 })
  }
}
