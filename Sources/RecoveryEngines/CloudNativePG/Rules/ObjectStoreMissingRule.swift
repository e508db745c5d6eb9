import RecoveryModel

/// The plugin names an ObjectStore that is not there. CloudNativePG waits for it in silence.
enum ObjectStoreMissingRule {
  static let rule = CloudNativePGRule("cnpg.object-store.missing") { facts, _ in
    guard let wanted = facts.cluster.objectStoreName, let stores = facts.objectStores.value,
      !stores.contains(where: { $0.name == wanted })
    else { return [] }
    let name = facts.shown(wanted)
    return [
      Finding(
        id: "cnpg.object-store.missing", severity: .critical,
        headline: "The ObjectStore \(name) does not exist: nothing is archived or backed up",
        evidence: [
          facts.clusterEvidence("barmanObjectName: \(name)"),
          facts.evidence(
            "\(stores.count) ObjectStores, none of that name",
            facts.objectStores.source ?? "ObjectStores", at: facts.objectStores.at),
        ],
        remedy: "Create it in namespace \(facts.shown(facts.namespace)): "
          + "pgvigil manifest object-store",
        ceiling: .atRisk)
    ]
  }
}
