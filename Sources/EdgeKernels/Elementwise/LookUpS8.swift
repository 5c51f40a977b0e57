import CEdgeKernels

/// Codes looked up in a table. `EDGE_LOOK_UP_S8` in `CEdgeKernels.h` is the contract.
public struct LookUpS8: Sendable {
  public typealias Run =
    @convention(c) @Sendable (UnsafePointer<Int8>?, UnsafePointer<Int8>?, UnsafeMutablePointer<Int8>?, Int) -> Void

  public let name: StaticString
  public let requires: CPUFeatures
  public let run: Run

  /// Runs everywhere.
  public static let scalar = LookUpS8(name: "look-up-s8-scalar", requires: [], run: edge_look_up_s8)

  /// Sets the codes `elements` of the output to the table's for those of the input, which may be the same memory.
  /// - Parameter table: 256 codes, in the order of the input's.
  @inline(__always)
  public func callAsFunction(
    _ table: UnsafePointer<Int8>, _ input: UnsafePointer<Int8>, _ output: UnsafeMutablePointer<Int8>,
    _ elements: Range<Int>
  ) { run(table, input + elements.lowerBound, output + elements.lowerBound, elements.count) }
}
