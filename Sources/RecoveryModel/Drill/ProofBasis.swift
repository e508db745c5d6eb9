/// What a proof rests on: what was restored, by what, from where and with which right to read it. nil = not known, and
/// then it tells nothing.
package struct ProofBasis: Sendable, Equatable, Codable {
  /// PostgreSQL's.
  package var majorVersion: Int?
  package var image: String?
  /// What takes and restores backups, as `CloudNativePG 1.30.0`.
  package var tool: String?
  /// How base backups and WAL come to the store, as `plugin`.
  package var method: String?
  /// Where they lie.
  package var place: String?
  /// Whose word opens the store, as the names of Secrets; never what is in them.
  package var credentials: String?
  package var encryption: RepositoryEncryption?

  package init(
    majorVersion: Int? = nil, image: String? = nil, tool: String? = nil, method: String? = nil,
    place: String? = nil, credentials: String? = nil, encryption: RepositoryEncryption? = nil
  ) {
    self.majorVersion = majorVersion
    self.image = image
    self.tool = tool
    self.method = method
    self.place = place
    self.credentials = credentials
    self.encryption = encryption
  }

  /// Each thing that is another now, in words: `PostgreSQL is 17, it was 16`.
  package func changes(to now: ProofBasis) -> [String] {
    func changed<Value: Equatable>(_ what: String, _ field: KeyPath<ProofBasis, Value?>) -> String?
    {
      guard let was = self[keyPath: field], let current = now[keyPath: field], was != current else {
        return nil
      }
      return "\(what) is \(Sanitizer.clean("\(current)", limit: 100)), "
        + "it was \(Sanitizer.clean("\(was)", limit: 100))"
    }
    return [
      changed("PostgreSQL", \.majorVersion), changed("the image", \.image),
      changed("the tool", \.tool), changed("the way of archiving", \.method),
      changed("the place of the backups", \.place),
      changed("what opens the store", \.credentials), changed("the encryption", \.encryption),
    ].compactMap { $0 }
  }
}

extension EngineReport {
  /// What a proof that is made now would rest on.
  package var proofBasis: ProofBasis {
    var basis = engineBasis
    let primary = instances.value?.first(where: \.isRunningPrimary)
    basis.majorVersion = primary?.majorVersion
    if let catalog = backups.value {
      basis.encryption = catalog.encryption
      basis.place = basis.place ?? catalog.walPlace
    }
    return basis
  }
}
