import EdgeModel
import EdgeTensor

/// Which of the links that a model allows a plan makes use of: all that do not contradict each other, in the order of the steps,
/// those that keep contents first.
///
/// Linked tensors form groups within which every tensor has a fixed place. A link is left out if it would bring two tensors of a
/// group to the same bytes while both need them.
struct SharingChoice {
  struct Member {
    let tensor: Int
    /// From the start of the group, in bytes.
    var offset: Int
  }

  private struct Group {
    var members: [Member]
    var links: [Liveness.Link]
  }

  /// A group may not have more tensors, so that the time to build it stays small.
  private static let memberLimit = 64

  /// What each tensor must have for itself.
  private(set) var spans: [Liveness.Span?]
  private let whole: [Liveness.Span?]
  private var groups: [Group] = []
  /// By tensor; −1 for those that share nothing.
  private var groupOfTensor: [Int]

  /// Tensors that share nothing with any other have no group.
  var memberGroups: [[Member]] { groups.map { $0.members }.filter { !$0.isEmpty } }

  /// - Parameter links: those of `liveness` that may be used.
  init(_ liveness: Liveness, _ links: [Liveness.Link]) {
    (spans, whole) = (liveness.spans, liveness.spans)
    groupOfTensor = [Int](repeating: -1, count: links.isEmpty ? 0 : liveness.spans.count)
    for link in links where !link.endsInner { tryLink(link, beside: []) }
    var next = 0
    while next < links.count {
      let step = links[next].step
      let end = links[next...].firstIndex { $0.step != step } ?? links.count
      let ending = links[next..<end].filter { $0.endsInner }
      for link in ending { tryLink(link, beside: ending) }
      next = end
    }
  }

  /// - Parameter siblings: links of the same step. Those that hold as soon as this one does are taken with it: the parts of a tensor
  ///   that is joined may lie in their places already, where none of them can end without the others.
  private mutating func tryLink(_ link: Liveness.Link, beside siblings: [Liveness.Link]) {
    let (inner, outer) = (group(of: link.inner), group(of: link.outer))
    guard inner.members.count + outer.members.count <= SharingChoice.memberLimit else { return }
    guard !outer.links.contains(link) else { return }
    let shift = place(link.outer, in: outer) + link.offset - place(link.inner, in: inner)
    var merged = outer
    if isSameGroup(link.inner, link.outer) {
      guard shift == 0 else { return }
    } else {
      merged.members += inner.members.map { Member(tensor: $0.tensor, offset: $0.offset + shift) }
      merged.links += inner.links
    }
    merged.links.append(link)
    for other in siblings where other != link && other.outer == link.outer && !merged.links.contains(other) {
      guard let part = merged.members.first(where: { $0.tensor == other.inner }) else { continue }
      if part.offset == place(other.outer, in: merged) + other.offset { merged.links.append(other) }
    }
    merged.links = merged.links.stablyOrdered { ($0.step, $0.inner) < ($1.step, $1.inner) }
    let before = merged.members.map { spans[$0.tensor] }
    narrow(merged)
    // Members of the same old group whose lives stayed as they were had no conflict.
    var suspects = outer.members.count < merged.members.count - outer.members.count ? outer.members : []
    if suspects.isEmpty { suspects = Array(merged.members[outer.members.count...]) }
    for (index, member) in merged.members.enumerated() where !isSame(before[index], spans[member.tensor]) {
      suspects.append(member)
    }
    guard !hasConflict(suspects, merged.members) else {
      narrow(outer)
      narrow(inner)
      return
    }
    commit(merged, of: link)
  }

  private func group(of tensor: Int) -> Group {
    groupOfTensor[tensor] < 0
      ? Group(members: [Member(tensor: tensor, offset: 0)], links: []) : groups[groupOfTensor[tensor]]
  }

  private func isSameGroup(_ a: Int, _ b: Int) -> Bool { groupOfTensor[a] >= 0 && groupOfTensor[a] == groupOfTensor[b] }

  private func place(_ tensor: Int, in group: Group) -> Int {
    group.members.first { $0.tensor == tensor }?.offset ?? 0
  }

  private mutating func narrow(_ group: Group) {
    for member in group.members { spans[member.tensor] = whole[member.tensor] }
    Liveness.narrow(&spans, group.links)
  }

  private func isSame(_ a: Liveness.Span?, _ b: Liveness.Span?) -> Bool { a?.first == b?.first && a?.last == b?.last }

  /// Whether one of the suspects meets another member of its group.
  private func hasConflict(_ suspects: [Member], _ members: [Member]) -> Bool {
    for a in suspects {
      guard let x = spans[a.tensor] else { continue }
      for b in members where b.tensor != a.tensor {
        guard let y = spans[b.tensor], x.isAlive(with: y) else { continue }
        if a.offset < b.offset + y.byteCount, b.offset < a.offset + x.byteCount { return true }
      }
    }
    return false
  }

  private mutating func commit(_ merged: Group, of link: Liveness.Link) {
    for old in [groupOfTensor[link.inner], groupOfTensor[link.outer]] where old >= 0 {
      groups[old] = Group(members: [], links: [])
    }
    for member in merged.members { groupOfTensor[member.tensor] = groups.count }
    groups.append(merged)
  }
}
