#!/usr/bin/env bash
# Makes the Swift SDK bundle edge-TARGET, sysroot inside, unless it is up to date: sdk.sh TARGET [SDKS-DIR]
#
# Embedded Swift is switched on here, in the SDK's toolset, and not in Package.swift: there it would reach the link of
# ordinary builds too. EDGE_EMBEDDED_SWIFT tells C about it. The bundle has no absolute paths and may be moved, or
# installed with `swift sdk install`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1
sdks=${2:-$here/../.build-sdk}
. "$here/$target.target"
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
export SWIFT_BIN=${resources%/lib/swift}/bin
if [ ! -d "$resources/embedded/$swift_triple" ]; then
  echo "toolchains: this Swift has no Embedded standard library for $swift_triple; those of swift.org do" >&2
  exit 1
fi

name=edge-$target
bundle=$sdks/$name.artifactbundle
stamp=$(cat "$here/$target.target" "$here"/{apt-root,sysroot,sdk}.sh "$here"/{musl,libjpeg}-additions.c /etc/os-release \
  <(swift --version 2>/dev/null) | cksum)
if [ "$(cat "$bundle/stamp" 2>/dev/null)" = "$stamp" ]; then exit; fi

# What makes the program smaller at no cost that was measured. All traps of a function are one. That no two parts of a program change
# one value at a time, the compiler and all tests check, but not the program itself. Growing an array is a call and not a copy of the
# standard library's code; nor are loops and closures copied.
smaller='"-Xfrontend", "-mergeable-traps", "-enforce-exclusivity=unchecked"'
for option in sil-inline-never-functions=Sa6append sil-disable-pass={closure-specialize,array-property-opt,loop-unroll}; do
  smaller="$smaller, \"-Xllvm\", \"-$option\""
done
# The linker compiles the Swift of all modules as one, and C stays as its compiler made it. `-lto` without `-emit-bc` would give files
# names that SwiftPM does not expect. Functions that are equal or called once are joined, others are not copied. What then occurs more
# than once becomes a function, again and again, and so does what saves registers.
smaller="$smaller, \"-Xfrontend\", \"-lto=llvm-full\", \"-Xfrontend\", \"-emit-bc\""
joined=
for option in enable-merge-functions inline-threshold=0 machine-outliner-reruns=4 homogeneous-prolog-epilog; do
  joined="$joined\"-mllvm\", \"-$option\", "
done
mkdir -p "$sdks"
sdks=$(cd "$sdks" && pwd)
bundle=$sdks/$name.artifactbundle
rm -rf "$bundle"
mkdir -p "$bundle/$name"
"$here/sysroot.sh" "$here/$target.target" "$bundle/$name/sysroot"

# Comparing strings needs the Unicode tables, which the driver does not link for this triple. Unused they cost nothing.
library=$bundle/$name/sysroot/usr/lib
[ "$libc" = musl ] || library=$library/$clang_target
cp "$resources/embedded/$swift_triple/libswiftUnicodeDataTables.a" "$library"

# musl's malloc gives way to the heap of the sources, as a C definition for all of them.
heap=
[ "$libc" = gnu ] || heap=', "-DEDGE_HEAP_REPLACES_MALLOC"'
static=
[ "$link" = dynamic ] || static='"-Xclang-linker", "-static",'
# musl's own empty _init and _fini do. Those of the start files would lie behind all other functions, where a call maps them alone.
start=
[ "$libc" = gnu ] || { static="$static \"-Xclang-linker\", \"-nostartfiles\","; start='"-l:crt1.o", '; }
cat > "$bundle/$name/toolset.json" <<JSON
{ "schemaVersion": "1.0",
  "swiftCompiler": { "extraCLIOptions": [
    "-enable-experimental-feature", "Embedded", "-wmo", "$swift_optimization", "-Xfrontend", "-function-sections",
    $smaller,
    "-clang-target", "$clang_target",
    "-Xclang-linker", "--target=$clang_target", $static
    "-use-ld=lld" ] },
  "cCompiler": { "extraCLIOptions": ["--target=$clang_target", "-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables", "-DEDGE_EMBEDDED_SWIFT"$heap] },
  "cxxCompiler": { "extraCLIOptions": ["--target=$clang_target", "-ffunction-sections", "-fdata-sections", "-DEDGE_EMBEDDED_SWIFT"] },
  "linker": { "extraCLIOptions": [$start"-lswiftUnicodeDataTables", $joined"--icf=all", "-s"] } }
JSON
cat > "$bundle/$name/swift-sdk.json" <<JSON
{ "schemaVersion": "4.0",
  "targetTriples": { "$swift_triple": { "sdkRootPath": "sysroot", "toolsetPaths": ["toolset.json"] } } }
JSON
cat > "$bundle/info.json" <<JSON
{ "schemaVersion": "1.0",
  "artifacts": { "$name": { "type": "swiftSDK", "version": "1.0.0", "variants": [
    { "path": "$name", "supportedTriples": ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] } ] } } }
JSON
echo "$stamp" > "$bundle/stamp"
echo "toolchains: made Swift SDK $name ($(du -sh "$bundle" | cut -f1)) from $(paste -sd, "$bundle/$name/sysroot/packages.txt")" >&2
