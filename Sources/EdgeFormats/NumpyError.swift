import EdgeTensor

/// Why bytes are not a usable `.npy` file.
public enum NumpyError: Error {
  /// They do not start with `\x93NUMPY`.
  case notNumpy
  case unsupportedVersion(major: Int)
  /// The file ends inside its header.
  case truncatedHeader
  /// The header is not the Python dictionary that the format prescribes.
  case badHeader(reason: StaticString)
  /// An element type no model has.
  case unsupportedType(descr: String)
  case fortranOrder
  /// More elements than `Shape.maximumElementCount`, or more axes than `Shape.maximumRank`.
  case impossibleShape
  case wrongByteCount(expected: Int, got: Int)
}

extension NumpyError: CustomStringConvertible {
  public var description: String { text.string }

  private var text: Text {
    switch self {
    case .notNumpy: "not a NumPy file; numpy.save writes one"
    case .unsupportedVersion(let major): "version \(major) of the NumPy format; 1, 2 and 3 are supported"
    case .truncatedHeader: "the NumPy header is cut off"
    case .badHeader(let reason): "bad NumPy header: \(reason)"
    case .unsupportedType(let descr):
      "elements of type \(descr); supported: '<f4', '|i1', '|u1', '<i4', '<i8', '|b1'. Convert with astype()"
    case .fortranOrder: "the array is in Fortran order; save numpy.ascontiguousarray(x) instead"
    case .impossibleShape: "the shape has too many axes or elements"
    case .wrongByteCount(let expected, let got): "\(got) bytes of elements, but the shape needs \(expected)"
    }
  }
}
