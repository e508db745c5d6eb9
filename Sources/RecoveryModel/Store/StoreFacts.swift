import FoundationEssentials

/// One figure of what keeps the objects of a store from being lost or read, as it is shown.
package struct StoreFact: Sendable, Equatable {
  package var label: String
  package var words: String
  /// Where it was asked; nil = nowhere, or nobody has.
  package var source: String?
  package var at: Date?
  package var isKnown = true

  package init(
    label: String, words: String, source: String? = nil, at: Date? = nil, isKnown: Bool = true
  ) {
    self.label = label
    self.words = words
    self.source = source
    self.at = at
    self.isKnown = isKnown
  }

  /// nil while nobody has asked. What a store does not offer, and what it does not let us see, is not "off".
  init?<Value>(_ label: String, _ part: Observed<Value>, _ words: (Value) -> String) {
    switch part {
    case .pending: return nil
    case .value(let value, let source, let at):
      self.init(label: label, words: words(value), source: source, at: at)
    case .unavailable(let failure, let at):
      let why: String =
        switch failure.code {
        case .denied: "unknown: \(failure.remedy.isEmpty ? "not allowed" : failure.remedy)"
        case .refused:
          "unknown: this store does not tell"
            + (failure.remedy.isEmpty ? "" : "; \(failure.remedy)")
        default: "unknown: \(failure.reason)"
        }
      self.init(
        label: label, words: Sanitizer.clean(why, limit: 200), at: at, isKnown: false)
    }
  }
}

extension StoredServer {
  /// Each as the store says it.
  package var facts: [StoreFact] {
    [
      StoreFact("encryption", encryption) { data in
        let wal = walEncryption.value
        return wal == nil || wal == data ? data : "base backups \(data), WAL \(wal ?? "")"
      },
      StoreFact("new objects", posture.defaultEncryption) {
        $0 == "none" ? "encrypted where their writer asks for it" : "encrypted by the bucket: \($0)"
      },
      StoreFact("versions", posture.versioning) { $0 ? "old ones are kept" : "none are kept" },
      StoreFact("old versions", oldVersions, \.words),
      StoreFact("uploads", uploads, \.words),
      StoreFact("object lock", posture.lock, \.words),
      StoreFact("lifecycle", posture.lifecycle) { rules in
        let told = rules.flatMap(\.effects)
        return told.isEmpty ? "no rule" : told.joined(separator: ", ")
      },
      StoreFact("replication", posture.replication) {
        $0.targets.isEmpty ? "none" : "to \($0.targets.joined(separator: ", "))"
      },
    ].compactMap { $0 }.map { fact in
      var fact = fact
      fact.words = Sanitizer.clean(fact.words, limit: 200)
      return fact
    }
  }
}

extension OldVersions {
  /// `4000, 12 GiB`.
  package var words: String {
    guard count > 0 || markers > 0 else { return "none" }
    let least = isWhole ? "" : "at least "
    let marks = markers > 0 ? ", \(markers) delete marker\(markers == 1 ? "" : "s")" : ""
    return "\(least)\(count), \(Format.bytes(bytes))\(marks)"
  }
}

extension UploadRemains {
  /// `2 unfinished, 5 MiB`.
  package var words: String {
    guard count > 0 else { return "none unfinished" }
    return "\(count) unfinished, " + (bytes.map { Format.bytes($0) } ?? "size unknown")
  }
}
