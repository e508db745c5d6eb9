import FoundationEssentials

/// `clusters.postgresql.cnpg.io`: what was asked for and what the operator last saw. Everything that an older or a
/// younger operator may leave out is optional.
public struct CNPGCluster: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "clusters")
  }

  public var metadata: ObjectMetadata
  public var spec: Spec
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public var instances: Int?
    public var imageName: String?
    public var imageCatalogRef: ImageCatalogReference?
    public var storage: Storage?
    public var walStorage: Storage?
    public var tablespaces: [Tablespace]?
    public var postgresql: PostgreSQL?
    public var enableSuperuserAccess: Bool?
    public var backup: BackupSection?
    public var plugins: [Plugin]?
    public var externalClusters: [ExternalCluster]?
    public var bootstrap: Bootstrap?
    public var replica: Replica?
    public var monitoring: Monitoring?
    public var certificates: Certificates?
  }

  public struct ImageCatalogReference: Sendable, Equatable, Decodable {
    public var apiGroup: String?
    public var kind: String?
    public var name: String?
    public var major: Int?
  }

  public struct Storage: Sendable, Equatable, Decodable {
    public var size: String?
    public var storageClass: String?
  }

  public struct Tablespace: Sendable, Equatable, Decodable {
    public var name: String?
    public var storage: Storage?
  }

  public struct PostgreSQL: Sendable, Equatable, Decodable {
    public var parameters: [String: String]?
  }

  public struct BackupSection: Sendable, Equatable, Decodable {
    public var target: String?
    /// Of the in-tree method alone.
    public var retentionPolicy: String?
    public var barmanObjectStore: BarmanObjectStoreConfiguration?
    public var volumeSnapshot: VolumeSnapshot?
  }

  public struct VolumeSnapshot: Sendable, Equatable, Decodable {
    public var className: String?
    public var walClassName: String?
    public var snapshotOwnerReference: String?
    public var online: Bool?
  }

  public struct Plugin: Sendable, Equatable, Decodable {
    public var name: String?
    public var enabled: Bool?
    public var isWALArchiver: Bool?
    public var parameters: [String: String]?
  }

  public struct ExternalCluster: Sendable, Equatable, Decodable {
    public var name: String?
    public var barmanObjectStore: BarmanObjectStoreConfiguration?
    public var plugin: Plugin?
    public var connectionParameters: [String: String]?
  }

  public struct Bootstrap: Sendable, Equatable, Decodable {
    public struct InitDB: Sendable, Equatable, Decodable {
      public var database: String?
      public var owner: String?
      /// MiB.
      public var walSegmentSize: Int?
    }
    public struct Recovery: Sendable, Equatable, Decodable {
      /// Name of an external cluster.
      public var source: String?
      /// A Backup object.
      public var backup: LocalReference?
      public var volumeSnapshots: Snapshots?
      public var recoveryTarget: RecoveryTarget?
      public var database: String?
      public var owner: String?
    }
    /// Only whether it is there matters.
    public struct Snapshots: Sendable, Equatable, Decodable {}
    public struct BaseBackup: Sendable, Equatable, Decodable { public var source: String? }
    public var initdb: InitDB?
    public var recovery: Recovery?
    /// A copy of a server that runs.
    public var baseBackup: BaseBackup?

    enum CodingKeys: String, CodingKey {
      case initdb, recovery
      case baseBackup = "pg_basebackup"
    }
  }

  /// Where a recovery is to stop; nothing set = at the end of the archive.
  public struct RecoveryTarget: Sendable, Equatable, Decodable {
    public var backupID: String?
    public var targetTLI: String?
    public var targetXID: String?
    public var targetName: String?
    public var targetLSN: String?
    public var targetTime: String?
    public var targetImmediate: Bool?
  }

  public struct Replica: Sendable, Equatable, Decodable {
    public var enabled: Bool?
    public var source: String?
    /// Distributed topology: the cluster that is to be primary, and what this one is called in it.
    public var primary: String?
    public var `self`: String?
  }

  public struct Monitoring: Sendable, Equatable, Decodable {
    public struct TLS: Sendable, Equatable, Decodable { public var enabled: Bool? }
    public var tls: TLS?
  }

  /// Secrets that somebody else provides and renews.
  public struct Certificates: Sendable, Equatable, Decodable {
    public var serverTLSSecret: String?
    public var serverCASecret: String?
    public var clientCASecret: String?
    public var replicationTLSSecret: String?

    var secrets: [String] {
      [serverTLSSecret, serverCASecret, clientCASecret, replicationTLSSecret].compactMap { $0 }
    }
  }
}

/// One element of `status.conditions`.
public struct Condition: Sendable, Equatable, Decodable {
  public var type: String
  public var status: String
  public var reason: String?
  public var message: String?
  public var lastTransitionTime: String?

  public var isTrue: Bool { status == "True" }
  public var since: Date? { kubernetesDate(lastTransitionTime) }
}
