#!/usr/bin/env bash
# Makes one target's sysroot from the distribution's packages: sysroot.sh TARGET-FILE DIR
#
# glibc: the packages as they are. musl: headers, start files and libc.a of musl-dev with the functions of
# musl-additions.c, the kernel's headers, libgcc, and the distribution's libjpeg.a.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/apt-root.sh"
. "$1"
sysroot=$2
work=$(mktemp -d "$sysroot.work.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "toolchains: fetching $debian_arch packages for $(basename "$sysroot")" >&2
apt_root "$work/apt" "$debian_arch"
gcc_version=$(apt_dependency gcc gcc-)
gcc_version=${gcc_version#gcc-}
jpeg=$(apt_first libjpeg62-turbo-dev libjpeg-turbo8-dev)
packages=(linux-libc-dev "libgcc-$gcc_version-dev" "$jpeg")
case $libc in
  gnu) packages+=(libc6 libc6-dev libgcc-s1 "${jpeg%-dev}") ;;
  musl) packages+=(musl-dev) ;;
esac
root=$work/root
apt_extract "$root" "${packages[@]}"

rm -rf "$sysroot"
if [ "$libc" = gnu ]; then
  rm -rf "$root/usr/share"
  mv "$root" "$sysroot"
  exit
fi

gnu=${clang_target%-musl}-gnu  # the name under which the distribution files what is not musl's
gcc=usr/lib/gcc/$clang_target/$gcc_version
mkdir -p "$sysroot/usr/include" "$sysroot/usr/lib" "$sysroot/$gcc"
cp -rL "$root/usr/include/$clang_target/." "$root/usr/include/linux" "$root/usr/include/asm-generic" \
  "$root/usr/include/$gnu/asm" "$sysroot/usr/include"
cp -L "$root"/usr/include/j*.h "$root/usr/include/$gnu/jconfig.h" "$sysroot/usr/include"
cp -L "$root/usr/lib/$clang_target"/*.[ao] "$root/usr/lib/$gnu/libjpeg.a" "$sysroot/usr/lib"
cp -L "$root/usr/lib/gcc/$gnu/$gcc_version"/{crt*.o,libgcc.a,libgcc_eh.a} "$sysroot/$gcc"
cp "$root/packages.txt" "$sysroot"

cc=("$SWIFT_BIN/clang" "--target=$clang_target" "--sysroot=$sysroot" -Os -ffunction-sections)
"${cc[@]}" -c "$here/musl-additions.c" -o "$work/musl-additions.o"
"$SWIFT_BIN/llvm-ar" r "$sysroot/usr/lib/libc.a" "$work/musl-additions.o"
jpeg_library=$sysroot/usr/lib/libjpeg.a
"${cc[@]}" -c "$here/libjpeg-additions.c" -o "$work/libjpeg-additions.o"
"$SWIFT_BIN/llvm-ar" r "$jpeg_library" "$work/libjpeg-additions.o"

# A tenth of the program would be parts of libjpeg that the linker must keep, since some table names them, and that CEdgeJPEG never
# asks for: DCT sizes other than 1, 2, 4 and 8, the fast and the float DCT, palettes, merged upsampling, and the encoder's SIMD code.
# They give way to functions that end in libjpeg's own error for "left out"; the encoder's, which take no decoder, trap.
# `jpeg_idct_islow` is left out with the odd sizes: SIMD code stands in for it, unless JSIMD_FORCENONE is set.
omit() {
  local members=$("$SWIFT_BIN/llvm-ar" t "$jpeg_library" | grep -E "^($1)") body=$2
  mkdir "$work/omitted"
  (cd "$work/omitted" && "$SWIFT_BIN/llvm-ar" x "$jpeg_library" $members)
  "$SWIFT_BIN/llvm-ar" d "$jpeg_library" $members
  "$SWIFT_BIN/llvm-nm" --defined-only --extern-only --just-symbol-name --quiet "$work/omitted"/*.o | grep -v ':$' | sort -u |
    sed "/./s/.*/void &(j_common_ptr jpeg) { $body; }/" | cat <(printf '#include <stdio.h>\n#include <jpeglib.h>\n#include <jerror.h>\n') - |
    "${cc[@]}" -x c -c - -o "$work/libjpeg-$3.o"
  "$SWIFT_BIN/llvm-ar" r "$jpeg_library" "$work/libjpeg-$3.o"
  rm -r "$work/omitted"
}
omit '(jidctint|jidctfst|jidctflt|jdmerge|jquant1|jquant2)\.' 'ERREXIT(jpeg, JERR_NOT_COMPILED)' omitted
omit '(jccolor|jcgray|jchuff|jcphuff|jcsample|jdmerge|jfdct...|jidctfst|jidctflt|jquant.)-' '__builtin_trap()' omitted-simd

# Nothing unwinds the stack: libjpeg's longjmp needs no tables for it.
for library in libc.a libjpeg.a; do "$SWIFT_BIN/llvm-objcopy" --remove-section=.eh_frame "$sysroot/usr/lib/$library"; done

# Another distribution's libjpeg.a may expect more of glibc: this names it here rather than in the first build.
echo 'int main(void) { return 0; }' |
  "${cc[@]}" -static -fuse-ld=lld -x c - -Wl,--whole-archive -ljpeg -Wl,--no-whole-archive -o "$work/check"
