import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What every cluster that is recovered from another takes over from it.
struct SourceCluster: Sendable {
  /// The Cluster as the server has it.
  var tree: ObjectTree
  var facts: CloudNativePGFacts
  /// How much larger than the source's volumes the copy's are to be.
  var storageFactor = 1.0

  private func spec(_ key: String) -> ObjectTree? { tree.at("spec", key) }

  /// What is needed to read from a store; nothing that writes to it.
  static func reading(_ tree: ObjectTree?) throws(RecoveryError) -> ObjectTree {
    guard
      var map = tree?.keeping([
        "destinationPath", "endpointURL", "endpointCA", "s3Credentials", "azureCredentials",
        "googleCredentials",
      ])?.map
    else {
      throw RecoveryError(.refused, "the source does not say where its object store is")
    }
    map["wal"] = tree?.at("wal")?.keeping([
      "compression", "maxParallel", "restoreAdditionalCommandArgs",
    ])
    return .map(map)
  }

  // MARK: The server

  var image: (name: String?, catalog: ObjectTree?) {
    get throws(RecoveryError) {
      if let name = spec("imageName")?.string { return (name, nil) }
      // A ClusterImageCatalog is everywhere; an ImageCatalog only in the source's namespace.
      if let reference = spec("imageCatalogRef"),
        reference.at("kind")?.string == "ClusterImageCatalog"
      {
        return (nil, reference)
      }
      guard let name = facts.runningImage
      else {
        throw RecoveryError(
          .refused, "the image that \(facts.name) runs is not known",
          remedy: "name it in spec.imageName: a copy of another major version cannot start")
      }
      return (name, nil)
    }
  }

  /// Only where the cloud gives credentials to the service account.
  var serviceAccount: ObjectTree? {
    guard let annotations = tree.at("spec", "serviceAccountTemplate", "metadata", "annotations")
    else { return nil }
    return .object(["metadata": .object(["annotations": annotations])])
  }

  var databaseAndOwner: (database: String?, owner: String?) {
    let sections = ["initdb", "recovery", "pg_basebackup"]
    let section = sections.compactMap { tree.at("spec", "bootstrap", $0) }.first
    let isNew = section == nil || tree.at("spec", "bootstrap", "initdb") != nil
    let database = section?.at("database")?.string ?? (isNew ? "app" : nil)
    return (database, section?.at("owner")?.string ?? (isNew ? database ?? "app" : nil))
  }

  // MARK: Volumes

  func storage() throws(RecoveryError) -> (
    data: ObjectTree, wal: ObjectTree?, tablespaces: ObjectTree?
  ) {
    guard let data = volume(spec("storage"), holding: .data) else {
      throw RecoveryError(.refused, "the size of \(facts.name)'s volumes is not known")
    }
    let tablespaces = (spec("tablespaces")?.list ?? []).map { tablespace in
      var map = tablespace.map ?? [:]
      map["storage"] = volume(tablespace.at("storage"), holding: .tablespace) ?? map["storage"]
      return ObjectTree.map(map)
    }
    return (
      data, volume(spec("walStorage"), holding: .wal),
      tablespaces.isEmpty ? nil : .list(tablespaces)
    )
  }

  /// The declared size or the largest real volume, whichever is more, times the factor; in the same storage class.
  private func volume(_ storage: ObjectTree?, holding content: VolumeUsage.Content) -> ObjectTree? {
    guard let storage else { return nil }
    let template = storage.at("pvcTemplate")
    let declared = [
      storage.at("size")?.string, template?.at("resources", "requests", "storage")?.string,
    ].compactMap { Quantity.bytes($0) }
    let real = (facts.claims.value ?? []).filter { $0.content == content }
      .compactMap(\.capacityBytes)
    // Which tablespace a volume belongs to is not told: its declaration must do.
    let sizes = content == .tablespace ? declared : declared + real
    guard let bytes = sizes.max() else { return nil }
    let wanted = (Double(bytes) * storageFactor / 1_048_576).rounded(.up)
    let storageClass = storage.at("storageClass") ?? template?.at("storageClassName")
    return .object([
      "size": .string("\(Int64(wanted))Mi"), "storageClass": storageClass,
    ])
  }
}
