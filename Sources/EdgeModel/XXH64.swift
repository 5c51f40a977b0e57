/// The project's one hash: XXH64 with seed 0, for files and for tensors. `xxhsum -H1 FILE` prints the same number.
///
/// It guards against accidents, not against forgery.
/// - SeeAlso: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
public func xxh64(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  let (p1, p2, p3, p4, p5): (UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5
  )
  func rotl(_ x: UInt64, _ n: UInt64) -> UInt64 { x &<< n | x &>> (64 &- n) }
  func round(_ accumulator: UInt64, _ lane: UInt64) -> UInt64 { rotl(accumulator &+ lane &* p2, 31) &* p1 }
  func word(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  let count = bytes.count
  var offset = 0
  var hash: UInt64
  if count >= 32 {
    var (a, b, c, d) = (p1 &+ p2, p2, UInt64(0), 0 &- p1)
    while offset <= count - 32 {
      a = round(a, word(offset))
      b = round(b, word(offset + 8))
      c = round(c, word(offset + 16))
      d = round(d, word(offset + 24))
      offset += 32
    }
    hash = rotl(a, 1) &+ rotl(b, 7) &+ rotl(c, 12) &+ rotl(d, 18)
    for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* p1 &+ p4 }
  } else {
    hash = p5
  }
  hash &+= UInt64(count)
  while offset <= count - 8 {
    hash = rotl(hash ^ round(0, word(offset)), 27) &* p1 &+ p4
    offset += 8
  }
  if offset <= count - 4 {
    let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    hash = rotl(hash ^ UInt64(half) &* p1, 23) &* p2 &+ p3
    offset += 4
  }
  while offset < count {
    hash = rotl(hash ^ UInt64(bytes[offset]) &* p5, 11) &* p1
    offset += 1
  }
  hash = (hash ^ hash &>> 33) &* p2
  hash = (hash ^ hash &>> 29) &* p3
  return hash ^ hash &>> 32
}
