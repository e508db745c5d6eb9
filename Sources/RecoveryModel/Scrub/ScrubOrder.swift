import FoundationEssentials

extension [ScrubRecord.Unread] {
  /// One for each reason.
  package mutating func merge(_ more: [ScrubRecord.Unread]) {
    for unread in more {
      if let index = firstIndex(where: { $0.reason == unread.reason }) {
        self[index].objects += unread.objects
        self[index].bytes += unread.bytes
      } else {
        append(unread)
      }
    }
  }
}

extension ScrubInventory {
  /// What is read first: what was never read before what was, the newest backup first, then WAL from its end; then what
  /// was read longest ago. What was damaged comes with the first.
  package func ordered(after history: ScrubHistory) -> [ScrubItem] {
    let inventory = self
    let newestBackup = inventory.items.compactMap { item -> String? in
      if case .backup(let id) = item.subject { id } else { nil }
    }.max()
    func rank(_ item: ScrubItem) -> (Int, UInt32, UInt64, String) {
      switch item.subject {
      case .backup(let id) where id == newestBackup: (3, 0, 0, id)
      case .segment(let segment): (2, segment.timeline, segment.number, "")
      case .backup(let id): (1, 0, 0, id)
      }
    }
    let marked = inventory.items.map { item in
      (item, history.reading(of: item.subject, modifiedAt: item.modifiedAt)?.at)
    }
    let ordered = marked.sorted { left, right in
      let (first, second) = (left.1 ?? .distantPast, right.1 ?? .distantPast)
      return first == second ? rank(left.0) > rank(right.0) : first < second
    }
    return ordered.map(\.0)
  }
}
