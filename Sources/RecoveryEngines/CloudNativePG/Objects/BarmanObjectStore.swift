import FoundationEssentials

/// `objectstores.barmancloud.cnpg.io`: where the Barman Cloud plugin keeps backups and WAL, and what it claims of them.
public struct BarmanObjectStore: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "barmancloud.cnpg.io", version: "v1", plural: "objectstores")
  }

  public var metadata: ObjectMetadata
  public var spec: Spec
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public var configuration: BarmanObjectStoreConfiguration?
    public var retentionPolicy: String?
    public var instanceSidecarConfiguration: Sidecar?
  }

  public struct Sidecar: Sendable, Equatable, Decodable {
    public var retentionPolicyIntervalSeconds: Int?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var serverRecoveryWindow: [String: Window]?
  }

  /// Refreshed by the sidecar of the current primary alone; says nothing of WAL.
  public struct Window: Sendable, Equatable, Decodable {
    public var firstRecoverabilityPoint: String?
    public var lastSuccessfulBackupTime: String?
    public var lastFailedBackupTime: String?
  }

  public var name: String { metadata.name }
}

/// `barmanObjectStore`, the same in a Cluster, in an external cluster and in an ObjectStore.
public struct BarmanObjectStoreConfiguration: Sendable, Equatable, Decodable {
  public var destinationPath: String?
  public var endpointURL: String?
  public var endpointCA: SecretKey?
  public var serverName: String?
  public var s3Credentials: S3Credentials?
  public var azureCredentials: AzureCredentials?
  public var googleCredentials: GoogleCredentials?
  public var wal: Transfer?
  public var data: Transfer?

  public struct SecretKey: Sendable, Equatable, Decodable {
    public var name: String?
    public var key: String?
  }

  public struct S3Credentials: Sendable, Equatable, Decodable {
    public var accessKeyId: SecretKey?
    public var secretAccessKey: SecretKey?
    public var region: SecretKey?
    public var sessionToken: SecretKey?
    public var inheritFromIAMRole: Bool?
  }

  public struct AzureCredentials: Sendable, Equatable, Decodable {
    public var connectionString: SecretKey?
    public var storageAccount: SecretKey?
    public var storageKey: SecretKey?
    public var storageSasToken: SecretKey?
    public var inheritFromAzureAD: Bool?
  }

  public struct GoogleCredentials: Sendable, Equatable, Decodable {
    public var applicationCredentials: SecretKey?
    public var gkeEnvironment: Bool?
  }

  public struct Transfer: Sendable, Equatable, Decodable {
    public var compression: String?
    /// `AES256` or `aws:kms`: done by the store.
    public var encryption: String?
    public var maxParallel: Int?
    public var jobs: Int?
  }

  /// Names of the secrets that a copy of this configuration needs beside it, each once.
  public var secretNames: [String] {
    let keys = [
      endpointCA, s3Credentials?.accessKeyId, s3Credentials?.secretAccessKey,
      s3Credentials?.region, s3Credentials?.sessionToken, azureCredentials?.connectionString,
      azureCredentials?.storageAccount, azureCredentials?.storageKey,
      azureCredentials?.storageSasToken, googleCredentials?.applicationCredentials,
    ]
    return Set(keys.compactMap { $0?.name }).sorted()
  }
}
