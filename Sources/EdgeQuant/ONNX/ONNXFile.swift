import EdgeModel
import EdgeTensor
import SwiftProtobuf

/// A decoded ONNX file, and where tensors lie that it keeps in other files.
struct ONNXFile {
  /// Versions of the standard operators that are understood.
  static let opsets: ClosedRange<Int64> = 11...20
  /// Nodes of a graph, or tensors.
  static let maximumCount = 200_000

  let model: ONNX_ModelProto
  /// Version of the standard operators.
  let opset: Int
  let external: ONNXExternalData

  var graph: ONNX_GraphProto { model.graph }

  /// - Throws: `badSource` if the bytes are no ONNX file, a damaged one, or use a version of operators that is not understood.
  init(_ bytes: UnsafeRawBufferPointer, folder: String?) throws(QuantError) {
    try ONNXWireCheck.check(bytes)
    var options = BinaryDecodingOptions()
    options.discardUnknownFields = true
    do {
      model = try ONNX_ModelProto(serializedBytes: bytes.bytes, partial: true, options: options)
    } catch {
      let isText = (error as? BinaryDecodingError) == .invalidUTF8
      throw .badSource(
        "not a valid ONNX file, or a damaged one: \(isText ? "a name is not UTF-8" : "a field has another form than ONNX's")"
      )
    }
    guard model.hasGraph else { throw .badSource("not an ONNX file: it has no graph") }
    let counts = [model.graph.node.count, model.graph.initializer.count, model.graph.input.count]
    guard counts.allSatisfy({ $0 <= ONNXFile.maximumCount }) else {
      throw .badSource("the graph has more than \(ONNXFile.maximumCount) nodes or tensors")
    }
    opset = try ONNXFile.standardOpset(model)
    external = ONNXExternalData(folder: folder)
  }

  private static func standardOpset(_ model: ONNX_ModelProto) throws(QuantError) -> Int {
    let versions = model.opsetImport.filter { isStandard($0.domain) }.map { $0.version }
    guard let version = versions.first, versions.allSatisfy({ $0 == version }) else {
      throw .badSource(
        versions.isEmpty
          ? "not an ONNX file: it does not say which version of the operators (opset) it uses"
          : "the file names several versions of the standard operators: \(versions)")
    }
    guard opsets.contains(version) else {
      throw .badSource(
        "the model uses opset \(version); supported: \(opsets.lowerBound) to \(opsets.upperBound). Export it with one of those, "
          + "or convert it with onnx.version_converter")
    }
    return Int(version)
  }

  static func isStandard(_ domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }
}

/// Tensors that lie in files beside the model.
final class ONNXExternalData {
  /// The model's own folder; nil if the model is not a file.
  private let folder: String?
  private var files: [String: ModelBytes] = [:]

  init(folder: String?) { self.folder = folder }

  /// The bytes that a tensor's entries name.
  /// - Throws: a refusal if they lie outside the model's folder or outside their file.
  func bytes(_ entries: [ONNX_StringStringEntryProto], byteCount: Int) throws(Refusal) -> [UInt8] {
    func value(_ key: String) -> String? { entries.last { $0.key == key }?.value }
    guard let location = value("location"), !location.isEmpty else {
      throw Refusal("lies in another file, but names none")
    }
    guard let folder else { throw Refusal("lies in the file \"\(location)\", which needs the model's folder") }
    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    guard !location.utf8.contains(0), !location.contains("\\"), !parts.contains(where: { $0.isEmpty || $0 == ".." })
    else { throw Refusal("lies in \"\(location)\"; only files inside the model's own folder are read") }
    let file = try file(location, folder)
    let offset = try number(value("offset") ?? "0", "offset", location)
    let length = try value("length").map { text throws(Refusal) in try number(text, "length", location) } ?? byteCount
    guard length == byteCount else {
      throw Refusal("takes \(byteCount) bytes, but \(length) are kept for it in \"\(location)\"")
    }
    guard offset <= file.bytes.count, length <= file.bytes.count - offset else {
      throw Refusal(
        "is bytes \(offset) to \(offset) + \(length) of \"\(location)\", which has \(file.bytes.count) bytes; is it complete?"
      )
    }
    return [UInt8](file.bytes[offset..<offset + length])
  }

  private func file(_ location: String, _ folder: String) throws(Refusal) -> ModelBytes {
    if let known = files[location] { return known }
    guard let file = ModelBytes(mapping: folder + "/" + location) else {
      throw Refusal("lies in the file \"\(location)\", which cannot be read; keep it beside the model")
    }
    files[location] = file
    return file
  }

  private func number(_ text: String, _ key: String, _ location: String) throws(Refusal) -> Int {
    guard let value = Int(text), value >= 0 else {
      throw Refusal("lies in \"\(location)\" with the impossible \(key) \"\(text)\"")
    }
    return value
  }
}
