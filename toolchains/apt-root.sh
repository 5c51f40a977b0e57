# Fetches packages of another architecture without touching the host: a private apt root. Sourced by sysroot.sh.
#
# Sources, keyrings, credentials and download settings (proxies) are the host's, and apt checks signatures as it always
# does. Lists, caches and the package database are private, and the host's hooks are left out: they would act on the
# host's caches. Needs neither root nor `dpkg --add-architecture`.

# apt_root DIR ARCH: makes DIR an apt root for Debian architecture ARCH and reads the package lists into it.
apt_root() {
  local dir=$1 arch=$2
  mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/conf.d"
  : > "$dir/status"
  {
    apt-config dump Acquire | grep -Ev '^Acquire(::(IndexTargets|Changelogs|CompressionTypes|cdrom).*)? '
    cat <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$(id -un)";
APT::Install-Recommends "false";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$dir/conf.d";
Dir::State "$dir";
Dir::State::lists "$dir/lists";
Dir::State::status "$dir/status";
Dir::Cache "$dir";
Dir::Cache::archives "$dir/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Log "$dir";
CONF
  } > "$dir/apt.conf"
  ubuntu_ports "$dir" "$arch"
  export APT_CONFIG="$dir/apt.conf"
  apt-get -qq update
}

# Ubuntu keeps every architecture but amd64 and i386 on another server, which an x86 host's sources do not name.
ubuntu_ports() {
  local dir=$1 arch=$2 suite
  . /etc/os-release
  if [ "$ID" != ubuntu ] || [ "$arch" = "$(dpkg --print-architecture)" ]; then return; fi
  for suite in "" -updates -security; do
    echo "deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg]" \
      "http://ports.ubuntu.com/ubuntu-ports $VERSION_CODENAME$suite main universe"
  done > "$dir/ports.list"
  printf 'Dir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "/dev/null";\n' "$dir/ports.list" >> "$dir/apt.conf"
}

# apt_dependency PACKAGE PREFIX: the first dependency of PACKAGE that starts with PREFIX, as gcc-12 of gcc.
apt_dependency() {
  apt-cache depends --important "$1" | sed -n "s/^ *Depends: *\($2[a-z0-9.+-]*\).*/\1/p" | sed -n 1p
}

# apt_first PACKAGE...: the first of these that the distribution has.
apt_first() {
  local package
  for package; do
    if [ -n "$(apt-cache --names-only search "^$package\$")" ]; then echo "$package"; return; fi
  done
  echo "toolchains: the distribution has none of: $*" >&2
  return 1
}

# apt_extract ROOT PACKAGE...: downloads the packages, without what they depend on, and unpacks them into ROOT.
apt_extract() {
  local root=$1 debs deb
  shift
  debs=$(mktemp -d "$root.debs.XXXXXX")
  (cd "$debs" && apt-get -qq download "$@")
  mkdir -p "$root"
  for deb in "$debs"/*.deb; do
    dpkg-deb -x "$deb" "$root"
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
  done | sort > "$root/packages.txt"
  [ -e "$root/lib" ] || ln -s usr/lib "$root/lib"  # where everything already lies under /usr
  rm -r "$debs"
}
