#!/usr/bin/env bash
# Builds the Swift example that follows `<!-- example: consumer -->` in README.md as a package that depends, by version, on a copy of
# this one (HEAD, tagged 0.1.0), and lets it name the digit on a sample picture.
set -euo pipefail
cd "$(dirname "$0")/.."
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

copy=$temporary/edgeinfer
mkdir "$copy"
git archive HEAD | tar -x -C "$copy"
git -C "$copy" init --quiet
git -C "$copy" add --all
git -C "$copy" -c user.name=check-consumer -c user.email=check-consumer@localhost -c commit.gpgsign=false \
  commit --quiet --message "check-consumer"
git -C "$copy" tag 0.1.0

consumer=$temporary/consumer
mkdir -p "$consumer/Sources"
cat > "$consumer/Package.swift" << END
// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "consumer",
  dependencies: [.package(url: "file://$copy", exact: "0.1.0")],
  targets: [
    .executableTarget(
      name: "consumer",
      dependencies: [
        .product(name: "EdgeRuntime", package: "edgeinfer"), .product(name: "EdgeImage", package: "edgeinfer"),
      ],
      path: "Sources")
  ]
)
END
awk '/<!-- example: consumer -->/ { found = 1 } /^```/ && inside { exit } inside; /^```swift/ && found { inside = 1 }' \
  README.md > "$consumer/Sources/Example.swift"
[ -s "$consumer/Sources/Example.swift" ] || { echo "check-consumer: README.md has no example" >&2; exit 1; }
cat > "$consumer/Sources/main.swift" << 'END'
import Foundation

let paths = CommandLine.arguments.dropFirst()
print(try label([UInt8](Data(contentsOf: URL(filePath: paths[2]))), with: paths[1]))
END

(cd "$consumer" && swift build)
label=$("$consumer/.build/debug/consumer" models/digits/digits.edge models/digits/samples/digit-7.jpg)
echo "check-consumer: the example's $(grep -c . "$consumer/Sources/Example.swift") lines call digit-7.jpg \"$label\""
[ "$label" = 7 ]
