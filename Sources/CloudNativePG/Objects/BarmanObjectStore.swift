import FoundationEssentials
import Kubernetes
import RecoveryModel

/// `objectstores.barmancloud.cnpg.io`: where the Barman Cloud plugin keeps backups and WAL, and what it claims of them.
package struct BarmanObjectStore: KubernetesObject {
  package static var resource: Resource {
    Resource(group: "barmancloud.cnpg.io", version: "v1", plural: "objectstores")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var configuration: BarmanObjectStoreConfiguration?
    package var retentionPolicy: String?
    package var instanceSidecarConfiguration: Sidecar?

    package init(
      configuration: BarmanObjectStoreConfiguration? = nil, retentionPolicy: String? = nil,
      instanceSidecarConfiguration: Sidecar? = nil
    ) {
      self.configuration = configuration
      self.retentionPolicy = retentionPolicy
      self.instanceSidecarConfiguration = instanceSidecarConfiguration
    }
  }

  package struct Sidecar: Sendable, Equatable, Decodable {
    package var retentionPolicyIntervalSeconds: Int?
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var serverRecoveryWindow: [String: Window]?

    package init(serverRecoveryWindow: [String: Window]? = nil) {
      self.serverRecoveryWindow = serverRecoveryWindow
    }
  }

  /// Refreshed by the sidecar of the current primary alone; says nothing of WAL.
  package struct Window: Sendable, Equatable, Decodable {
    package var firstRecoverabilityPoint: String?
    package var lastSuccessfulBackupTime: String?
  }

  package var name: String { metadata.name }
}

extension BarmanObjectStoreConfiguration {
  /// Where a server's archive lies in it; nil where it names no path.
  package func place(of server: String) -> ArchivePlace? {
    guard let path = destinationPath, !path.isEmpty else { return nil }
    return ArchivePlace(destination: path, endpoint: endpointURL, server: server)
  }
}

extension CNPGCluster {
  /// The store of Barman's that it archives to; nil where none is told. `store` finds an ObjectStore by its name.
  package func archiveStore(
    _ store: (String) -> BarmanObjectStore?
  ) -> BarmanObjectStoreConfiguration? {
    switch walArchiver {
    case .inTree(let own): own
    case .plugin(let plugin) where plugin.name == Self.barmanCloudPlugin:
      objectStoreName.flatMap { store($0)?.spec.configuration }
    case .plugin, .skipped, .none: nil
    }
  }

  /// Where in it.
  package func archivePlace(_ store: (String) -> BarmanObjectStore?) -> ArchivePlace? {
    archiveStore(store)?.place(of: serverName)
  }
}

/// `barmanObjectStore`, the same in a Cluster, in an external cluster and in an ObjectStore.
package struct BarmanObjectStoreConfiguration: Sendable, Equatable, Decodable {
  package var destinationPath: String?
  package var endpointURL: String?
  package var endpointCA: SecretKey?
  package var serverName: String?
  package var s3Credentials: S3Credentials?
  package var azureCredentials: AzureCredentials?
  package var googleCredentials: GoogleCredentials?
  package var wal: Transfer?
  package var data: Transfer?

  package struct SecretKey: Sendable, Equatable, Decodable {
    package var name: String?
    package var key: String?
  }

  package struct S3Credentials: Sendable, Equatable, Decodable {
    package var accessKeyId: SecretKey?
    package var secretAccessKey: SecretKey?
    package var region: SecretKey?
    package var sessionToken: SecretKey?
    package var inheritFromIAMRole: Bool?
  }

  package struct AzureCredentials: Sendable, Equatable, Decodable {
    package var connectionString: SecretKey?
    package var storageAccount: SecretKey?
    package var storageKey: SecretKey?
    package var storageSasToken: SecretKey?
    package var inheritFromAzureAD: Bool?
  }

  package struct GoogleCredentials: Sendable, Equatable, Decodable {
    package var applicationCredentials: SecretKey?
    package var gkeEnvironment: Bool?
  }

  package struct Transfer: Sendable, Equatable, Decodable {
    package var compression: String?
    /// `AES256` or `aws:kms`: done by the store.
    package var encryption: String?
    package var maxParallel: Int?
    package var jobs: Int?

    package init(
      compression: String? = nil, encryption: String? = nil, maxParallel: Int? = nil,
      jobs: Int? = nil
    ) {
      self.compression = compression
      self.encryption = encryption
      self.maxParallel = maxParallel
      self.jobs = jobs
    }
  }

  /// Names of the secrets that a copy of this configuration needs beside it, each once.
  package var secretNames: [String] {
    let keys = [
      endpointCA, s3Credentials?.accessKeyId, s3Credentials?.secretAccessKey,
      s3Credentials?.region, s3Credentials?.sessionToken, azureCredentials?.connectionString,
      azureCredentials?.storageAccount, azureCredentials?.storageKey,
      azureCredentials?.storageSasToken, googleCredentials?.applicationCredentials,
    ]
    return Set(keys.compactMap { $0?.name }).sorted()
  }
}
