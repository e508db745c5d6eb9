import FoundationEssentials
import Kubernetes

/// `clusters.postgresql.cnpg.io`: what was asked for and what the operator last saw. Everything that an older or a
/// younger operator may leave out is optional.
package struct CNPGCluster: KubernetesObject {
  package static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "clusters")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var instances: Int?
    package var imageName: String?
    package var imageCatalogRef: ImageCatalogReference?
    package var storage: Storage?
    package var walStorage: Storage?
    package var tablespaces: [Tablespace]?
    package var postgresql: PostgreSQL?
    package var enableSuperuserAccess: Bool?
    package var backup: BackupSection?
    package var plugins: [Plugin]?
    package var externalClusters: [ExternalCluster]?
    package var bootstrap: Bootstrap?
    package var replica: Replica?
    package var monitoring: Monitoring?
    package var certificates: Certificates?

    package init(
      instances: Int? = nil, imageName: String? = nil,
      imageCatalogRef: ImageCatalogReference? = nil, storage: Storage? = nil,
      walStorage: Storage? = nil, tablespaces: [Tablespace]? = nil, postgresql: PostgreSQL? = nil,
      enableSuperuserAccess: Bool? = nil, backup: BackupSection? = nil, plugins: [Plugin]? = nil,
      externalClusters: [ExternalCluster]? = nil, bootstrap: Bootstrap? = nil,
      replica: Replica? = nil, monitoring: Monitoring? = nil, certificates: Certificates? = nil
    ) {
      self.instances = instances
      self.imageName = imageName
      self.imageCatalogRef = imageCatalogRef
      self.storage = storage
      self.walStorage = walStorage
      self.tablespaces = tablespaces
      self.postgresql = postgresql
      self.enableSuperuserAccess = enableSuperuserAccess
      self.backup = backup
      self.plugins = plugins
      self.externalClusters = externalClusters
      self.bootstrap = bootstrap
      self.replica = replica
      self.monitoring = monitoring
      self.certificates = certificates
    }
  }

  package struct ImageCatalogReference: Sendable, Equatable, Decodable {
    package var apiGroup: String?
    package var kind: String?
    package var name: String?
    package var major: Int?
  }

  package struct Storage: Sendable, Equatable, Decodable {
    package var size: String?
    package var storageClass: String?
  }

  package struct Tablespace: Sendable, Equatable, Decodable {
    package var name: String?
    package var storage: Storage?
  }

  package struct PostgreSQL: Sendable, Equatable, Decodable {
    package var parameters: [String: String]?

    package init(parameters: [String: String]? = nil) {
      self.parameters = parameters
    }
  }

  package struct BackupSection: Sendable, Equatable, Decodable {
    package var target: String?
    /// Of the in-tree method alone.
    package var retentionPolicy: String?
    package var barmanObjectStore: BarmanObjectStoreConfiguration?
    package var volumeSnapshot: VolumeSnapshot?
  }

  package struct VolumeSnapshot: Sendable, Equatable, Decodable {
    package var className: String?
    package var walClassName: String?
    package var snapshotOwnerReference: String?
    package var online: Bool?
  }

  package struct Plugin: Sendable, Equatable, Decodable {
    package var name: String?
    package var enabled: Bool?
    package var isWALArchiver: Bool?
    package var parameters: [String: String]?
  }

  package struct ExternalCluster: Sendable, Equatable, Decodable {
    package var name: String?
    package var barmanObjectStore: BarmanObjectStoreConfiguration?
    package var plugin: Plugin?
    package var connectionParameters: [String: String]?
  }

  package struct Bootstrap: Sendable, Equatable, Decodable {
    package struct InitDB: Sendable, Equatable, Decodable {
      package var database: String?
      package var owner: String?
      /// MiB.
      package var walSegmentSize: Int?
    }
    package struct Recovery: Sendable, Equatable, Decodable {
      /// Name of an external cluster.
      package var source: String?
      /// A Backup object.
      package var backup: LocalReference?
      package var volumeSnapshots: Snapshots?
      package var recoveryTarget: RecoveryTarget?
      package var database: String?
      package var owner: String?

      package init(
        source: String? = nil, backup: LocalReference? = nil, volumeSnapshots: Snapshots? = nil,
        recoveryTarget: RecoveryTarget? = nil, database: String? = nil, owner: String? = nil
      ) {
        self.source = source
        self.backup = backup
        self.volumeSnapshots = volumeSnapshots
        self.recoveryTarget = recoveryTarget
        self.database = database
        self.owner = owner
      }
    }
    /// Only whether it is there matters.
    package struct Snapshots: Sendable, Equatable, Decodable {}
    package struct BaseBackup: Sendable, Equatable, Decodable { package var source: String? }
    package var initdb: InitDB?
    package var recovery: Recovery?
    /// A copy of a server that runs.
    package var baseBackup: BaseBackup?

    package enum CodingKeys: String, CodingKey {
      case initdb, recovery
      case baseBackup = "pg_basebackup"
    }
  }

  /// Where a recovery is to stop; nothing set = at the end of the archive.
  package struct RecoveryTarget: Sendable, Equatable, Decodable {
    package var backupID: String?
    package var targetTLI: String?
    package var targetXID: String?
    package var targetName: String?
    package var targetLSN: String?
    package var targetTime: String?
    package var targetImmediate: Bool?

    package init(
      backupID: String? = nil, targetTLI: String? = nil, targetXID: String? = nil,
      targetName: String? = nil, targetLSN: String? = nil, targetTime: String? = nil,
      targetImmediate: Bool? = nil
    ) {
      self.backupID = backupID
      self.targetTLI = targetTLI
      self.targetXID = targetXID
      self.targetName = targetName
      self.targetLSN = targetLSN
      self.targetTime = targetTime
      self.targetImmediate = targetImmediate
    }
  }

  package struct Replica: Sendable, Equatable, Decodable {
    package var enabled: Bool?
    package var source: String?
    /// Distributed topology: the cluster that is to be primary, and what this one is called in it.
    package var primary: String?
    package var `self`: String?
  }

  package struct Monitoring: Sendable, Equatable, Decodable {
    package struct TLS: Sendable, Equatable, Decodable { package var enabled: Bool? }
    package var tls: TLS?
  }

  /// Secrets that somebody else provides and renews.
  package struct Certificates: Sendable, Equatable, Decodable {
    package var serverTLSSecret: String?
    package var serverCASecret: String?
    package var clientCASecret: String?
    package var replicationTLSSecret: String?

    package var secrets: [String] {
      [serverTLSSecret, serverCASecret, clientCASecret, replicationTLSSecret].compactMap { $0 }
    }
  }
}
