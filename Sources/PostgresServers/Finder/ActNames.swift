import RecoveryModel

/// What a running server's catalogs say of what was found.
struct ActNames: Sendable, Equatable {
  struct Relation: Sendable, Equatable {
    /// With its schema.
    var name: String
    /// Of PostgreSQL itself: a catalog, or what keeps long values of a table.
    var isSystem: Bool
  }

  /// By OID.
  var databases: [UInt32: String] = [:]
  var files: [RelationFile: Relation] = [:]
  var relations: [RelationID: Relation] = [:]
  /// Databases that could not be asked, and why; 0 = all of them.
  var failures: [UInt32: String] = [:]
  /// Somebody stopped it before all were asked.
  var isStopped = false
}

extension ActSearch {
  /// What a server has to be asked: files and OIDs by database.
  var questions: [UInt32: (files: Set<RelationFile>, oids: Set<UInt32>)] {
    var questions: [UInt32: (files: Set<RelationFile>, oids: Set<UInt32>)] = [:]
    for act in acts {
      guard let database = act.database, act.kind != .dropDatabase else { continue }
      var mine = questions[database] ?? ([], [])
      for relation in act.relations {
        mine.files.formUnion([relation.file, relation.successor].compactMap { $0 })
        mine.oids.formUnion([relation.oid].compactMap { $0 })
      }
      questions[database] = mine
    }
    return questions
  }

  /// Takes the names, and leaves out what PostgreSQL does to itself: deletions from catalogs, and what is kept of long
  /// values of a table whose own rows are told. An index that is dropped or a table that still has its OID is no DROP.
  mutating func take(_ names: ActNames) {
    for index in acts.indices { name(&acts[index], names) }
    let named = Set(
      acts.filter { $0.relations.contains { !$0.isSystem } }.map(\.transaction))
    acts = acts.compactMap { act in
      var act = act
      let users = act.relations.filter { !$0.isSystem }
      if act.kind == .delete, users.isEmpty, !act.relations.isEmpty {
        return act.relations.allSatisfy(\.isCatalog) || named.contains(act.transaction) ? nil : act
      }
      if !users.isEmpty { act.relations = users }
      return act
    }
    let failed = names.failures.sorted { $0.key < $1.key }.map { database, reason in
      database == 0
        ? reason : "\(names.databases[database] ?? "database \(database)"): \(reason)"
    }
    if let first = failed.first {
      let others = failed.count > 1 ? "; and \(failed.count - 1) more" : ""
      namesFailure = Sanitizer.clean(
        "\(names.isStopped ? "not asked" : "not known"): \(first)\(others)", limit: 200)
    }
  }

  private func name(_ act: inout FoundAct, _ names: ActNames) {
    guard let database = act.database else { return }
    act.databaseName = names.databases[database]
    for index in act.relations.indices {
      let relation = act.relations[index]
      let files = [relation.successor, relation.file].compactMap { $0 }
      let found =
        files.lazy.compactMap { names.files[$0] }.first
        ?? relation.oid.flatMap { names.relations[RelationID(database: database, oid: $0)] }
      guard let found else { continue }
      act.relations[index].name = found.name
      act.relations[index].isSystem = found.isSystem
    }
  }
}

extension FoundRelation {
  /// Not what keeps long values of somebody's table.
  fileprivate var isCatalog: Bool { isSystem && name?.hasPrefix("pg_toast.") != true }
}
