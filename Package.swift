// swift-tools-version: 6.3
import PackageDescription

// Modules are listed from the bottom up: each may use only those above it. The modules that reach the device (all but
// EdgeQuant and edgequant) also compile as Embedded Swift; `toolchains/` builds them for aarch64.
let package = Package(
  name: "edgeinfer",
  products: [
    .library(name: "EdgeRuntime", targets: ["EdgeRuntime", "EdgeModel", "EdgeTensor"]),
    .library(name: "EdgeImage", targets: ["EdgeImage"]),
    .library(name: "EdgeCamera", targets: ["EdgeCamera"]),
    .executable(name: "edgeinfer", targets: ["edgeinfer"]),
    .executable(name: "edgeinfer-selftest", targets: ["edgeinfer-selftest"]),
    .executable(name: "edgequant", targets: ["edgequant"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
  ],
  targets: [
    .target(name: "EdgeTensor"),
    .target(name: "EdgeFormats", dependencies: ["EdgeTensor"]),
    .target(name: "CEdgeSystem", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CEdgeHeap"),
    .target(name: "CEdgeJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CEdgeKernels", cSettings: [.define("NDEBUG", .when(configuration: .release))]),
    .target(name: "CEdgePeak"),
    .target(name: "EdgeKernels", dependencies: ["EdgeTensor", "CEdgeKernels", "CEdgePeak"]),
    .target(name: "EdgeModel", dependencies: ["EdgeTensor", "CEdgeSystem"], exclude: ["edge.fbs"]),
    .target(name: "EdgeRuntime", dependencies: ["EdgeModel", "EdgeKernels", "EdgeTensor", "CEdgeSystem"]),
    .target(name: "EdgeImage", dependencies: ["EdgeTensor", "CEdgeSystem", "CEdgeJPEG"]),
    .target(name: "EdgeCamera", dependencies: ["EdgeTensor", "CEdgeSystem"]),
    .executableTarget(
      name: "edgeinfer",
      dependencies: [
        "EdgeRuntime", "EdgeImage", "EdgeCamera", "EdgeModel", "EdgeKernels", "EdgeFormats", "EdgeTensor",
        "CEdgeSystem", "CEdgeHeap",
      ],
      exclude: ["README.md"]),
    .target(name: "CEdgeRows"),
    .target(name: "COpenBLAS", linkerSettings: [.linkedLibrary("openblas")]),
    .target(
      name: "EdgeQuant",
      dependencies: [
        "EdgeRuntime", "EdgeModel", "EdgeKernels", "EdgeImage", "EdgeFormats", "EdgeTensor", "CEdgeRows", "COpenBLAS",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["README.md", "ONNX/onnx.proto"]),
    .executableTarget(
      name: "edgequant",
      dependencies: [
        "EdgeQuant", "EdgeModel", "EdgeFormats", "EdgeTensor",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"]),

    .target(
      name: "_EdgeTestSupport", dependencies: ["EdgeRuntime", "EdgeKernels", "CEdgeKernels", "EdgeModel", "EdgeTensor"]),
    .target(name: "CEdgeAllocations"),
    .executableTarget(
      name: "edgeinfer-selftest", dependencies: ["_EdgeTestSupport", "EdgeKernels", "CEdgeSystem"]),
    .testTarget(name: "CEdgeHeapTests", dependencies: ["CEdgeHeap", "_EdgeTestSupport"]),
    .testTarget(name: "EdgeTensorTests", dependencies: ["EdgeTensor"]),
    .testTarget(name: "EdgeFormatsTests", dependencies: ["EdgeFormats"]),
    .testTarget(name: "EdgeKernelsTests", dependencies: ["EdgeKernels", "_EdgeTestSupport"]),
    .testTarget(
      name: "EdgeModelTests",
      dependencies: ["EdgeRuntime", "EdgeKernels", "EdgeModel", "EdgeTensor", "_EdgeTestSupport"]),
    .testTarget(name: "EdgeRuntimeTests", dependencies: ["EdgeRuntime", "_EdgeTestSupport", "CEdgeAllocations"]),
    .testTarget(name: "EdgeImageTests", dependencies: ["EdgeImage"]),
    .testTarget(name: "EdgeCameraTests", dependencies: ["EdgeCamera"]),
    .testTarget(
      name: "EdgeinferTests",
      dependencies: ["edgeinfer", "EdgeFormats", "EdgeImage", "EdgeRuntime", "_EdgeTestSupport"]),
    .testTarget(
      name: "EdgeQuantTests",
      dependencies: [
        "EdgeQuant", "edgequant", "EdgeRuntime", "EdgeModel", "EdgeTensor", "_EdgeTestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "EdgeQuant", "EdgeRuntime", "EdgeModel", "EdgeTensor", "EdgeImage", "EdgeFormats", "_EdgeTestSupport",
        "CEdgeAllocations",
      ]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c17
)
