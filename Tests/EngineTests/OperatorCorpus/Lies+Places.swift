import FoundationEssentials
import KubernetesStandIn
import RecoveryModel

private typealias Stage = CloudNativePGStage

/// Base in one place, WAL in another.
extension OperatorCorpus.Lie {
  private typealias Lie = OperatorCorpus.Lie

  private static let together = "a restore takes base and WAL from one place"

  static let ofPlaces: [OperatorCorpus.Lie] = [
    Lie(
      "base backups in another ObjectStore", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart", in: { $0.archiver = .barmanPlugin }
    ) { world in
      try world.addStore("glacier", path: "s3://cold/")
      for index in world.backups.indices {
        world.backups[index].set(
          ["barmanObjectName": "glacier"], at: "spec", "pluginConfiguration", "parameters")
      }
      world.claim(first: nil, last: nil)
    },
    Lie(
      "serverName changed since, in-tree", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart"
    ) { $0.cluster.set("pg-main-2", at: "spec", "backup", "barmanObjectStore", "serverName") },
    Lie(
      "destinationPath changed since", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart"
    ) { world in
      world.cluster.set(
        "s3://backups-new/", at: "spec", "backup", "barmanObjectStore", "destinationPath")
    },
    Lie(
      "endpoint changed since", "nothing, if it is another store", from: together, .unknown,
      sign: "cnpg.backup.endpoint"
    ) { world in
      world.cluster.set(
        "https://s3.example.org", at: "spec", "backup", "barmanObjectStore", "endpointURL")
    },
    Lie(
      "serverName changed since, by the plugin", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart", in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.cluster.set(
        [
          [
            "name": .string(OperatorWorld.plugin), "isWALArchiver": true,
            "parameters": ["barmanObjectName": "minio-store", "serverName": "pg-main-v2"],
          ]
        ], at: "spec", "plugins")
    },
    Lie(
      "another ObjectStore named since", "nothing as it is",
      from: "the plugin counts nothing there", .unknown, sign: "cnpg.window.empty",
      in: { $0.archiver = .barmanPlugin }
    ) { world in
      try world.addStore("glacier", path: "s3://cold/")
      world.cluster.set(
        [
          [
            "name": .string(OperatorWorld.plugin), "isWALArchiver": true,
            "parameters": ["barmanObjectName": "glacier"],
          ]
        ], at: "spec", "plugins")
    },
    Lie(
      "the ObjectStore names another bucket since", "nothing as it is",
      from: "the plugin counts nothing there", .unknown, sign: "cnpg.window.empty",
      in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.stores[0].set("s3://new/", at: "spec", "configuration", "destinationPath")
      world.stores[0]["status"] = nil
    },
    Lie(
      "base by the plugin, WAL in-tree", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart"
    ) { world in
      try world.takeBasesByThePlugin(path: "s3://cold/")
    },
    Lie(
      "base by Barman, WAL by another plugin", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart", in: { $0.archiver = .barmanPlugin }
    ) { world in
      world.cluster.set(
        [
          [
            "name": .string(OperatorWorld.plugin),
            "parameters": ["barmanObjectName": "minio-store"],
          ],
          ["name": "klio.cnpg.io", "isWALArchiver": true],
        ], at: "spec", "plugins")
    },
    Lie(
      "base by another plugin, WAL by Barman's", "nothing as it is", from: together, .atRisk,
      sign: "backup.apart", in: { $0.archiver = .barmanPlugin }
    ) { world in
      for index in world.backups.indices {
        world.backups[index].set("klio.cnpg.io", at: "spec", "pluginConfiguration", "name")
      }
      world.claim(first: nil, last: nil)
    },
  ]
}

extension OperatorWorld {
  mutating func addStore(_ name: String, path: String) throws {
    var store = try makeStore(name)
    store["status"] = nil
    store.set(.string(path), at: "spec", "configuration", "destinationPath")
    stores.append(store)
  }

  /// WAL goes in-tree as before.
  mutating func takeBasesByThePlugin(path: String) throws {
    try addStore("minio-store", path: path)
    cluster.set(
      [["name": .string(Self.plugin), "parameters": ["barmanObjectName": "minio-store"]]],
      at: "spec", "plugins")
    backups = try shape.ages.enumerated().map {
      try makeBackup($1, segment: Self.segment(ofBackup: $0), method: "plugin")
    }
    stores[0].set(
      [
        "firstRecoverabilityPoint": .string(Stage.text(ago: shape.ages.last ?? 0)),
        "lastSuccessfulBackupTime": .string(Stage.text(ago: shape.ages.first ?? 0)),
      ], at: "status", "serverRecoveryWindow", shape.name)
  }
}
