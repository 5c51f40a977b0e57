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

cc=("$SWIFT_BIN/clang" "--target=$clang_target" "--sysroot=$sysroot" -O2)
"${cc[@]}" -ffunction-sections -c "$here/musl-additions.c" -o "$work/musl-additions.o"
"$SWIFT_BIN/llvm-ar" r "$sysroot/usr/lib/libc.a" "$work/musl-additions.o"
# Another distribution's libjpeg.a may expect more of glibc: this names it here rather than in the first build.
echo 'int main(void) { return 0; }' |
  "${cc[@]}" -static -fuse-ld=lld -x c - -Wl,--whole-archive -ljpeg -Wl,--no-whole-archive -o "$work/check"
