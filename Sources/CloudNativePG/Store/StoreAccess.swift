import FoundationEssentials
import Kubernetes
import ObjectStores
import RecoveryModel
import Transports

/// From what a cluster says of its store to a client that may read it.
struct StoreAccess: Sendable {
  let options: StoreOptions
  /// nil while there is no way to the API server.
  let client: @Sendable () -> KubernetesClient?
  let namespace: String
  let seams: StoreSeams

  /// Throws `RecoveryError` that says what is missing, and what would allow it.
  func open(
    _ place: StorePlace, at address: StoreAddress
  ) async throws(RecoveryError) -> any ObjectStore {
    let endpoint = (options.endpointURL ?? place.configuration.endpointURL)
      .flatMap { $0.isEmpty ? nil : $0 }
    switch address.kind {
    case .s3:
      let settings = try await settings(place)
      return seams.client(
        bucket: address.bucket, settings: settings, endpointURL: endpoint,
        authority: try await authority(place))
    case .google:
      let settings = try await hmacKey(place, address)
      return seams.google(
        bucket: address.bucket, settings: settings, endpointURL: endpoint,
        authority: try await authority(place))
    case .azure(let account):
      let token = try await signature(place, address.bucket)
      return seams.azure(
        account: account, container: address.bucket, token: token,
        authority: try await authority(place))
    }
  }

  /// A service account's own key signs with RSA, and its token is Google's to give.
  private func hmacKey(
    _ place: StorePlace, _ address: StoreAddress
  ) async throws(RecoveryError) -> AWSSettings {
    guard options.credentials != .cluster else {
      throw StoreSeams.withoutHMAC(
        RecoveryError(
          .denied,
          "the cluster reads its store as a service account of Google's, whose key signs "
            + "with RSA: that is not done here"), address)
    }
    do throws(RecoveryError) { return try await settings(place) } catch {
      throw StoreSeams.withoutHMAC(error, address)
    }
  }

  // MARK: Azure

  private func signature(
    _ place: StorePlace, _ container: String
  ) async throws(RecoveryError) -> Secret {
    switch options.credentials {
    case .off: throw RecoveryError(.refused, "the store is not read", remedy: Self.advice)
    case .environment, .identity, .profile:
      return try AzureToken.find(seams.environment(), container: container)
    case .secret(let other, let name):
      let values = try await secret(name, in: other ?? namespace, of: [name])
      return try Self.signature(values, nil, container)
    case .cluster:
      let keys = place.configuration.azureCredentials
      guard let key = keys?.storageSasToken ?? keys?.connectionString, let name = key.name else {
        throw keys?.storageKey == nil
          ? RecoveryError(
            .refused, "the cluster reads its store with its nodes' identity, which is not ours",
            remedy: AzureToken.advice(container))
          : AzureToken.accountKey(container)
      }
      let values = try await secret(name, in: namespace, of: place.configuration.secretNames)
      return try Self.signature(values, keys, container)
    }
  }

  /// By the keys that the cluster names, else by those that Azure's tools read.
  static func signature(
    _ values: [String: String], _ keys: BarmanObjectStoreConfiguration.AzureCredentials?,
    _ container: String
  ) throws(RecoveryError) -> Secret {
    var named: [String: String] = [:]
    named["AZURE_STORAGE_SAS_TOKEN"] =
      values[keys?.storageSasToken?.key ?? "AZURE_STORAGE_SAS_TOKEN"]
    named["AZURE_STORAGE_CONNECTION_STRING"] =
      values[keys?.connectionString?.key ?? "AZURE_STORAGE_CONNECTION_STRING"]
    return try AzureToken.find(named, container: container)
  }

  private func settings(_ place: StorePlace) async throws(RecoveryError) -> AWSSettings {
    switch options.credentials {
    case .off: throw RecoveryError(.refused, "the store is not read", remedy: Self.advice)
    case .environment:
      return try AWSSettings.find(
        profile: nil, environment: seams.environment(), read: seams.read)
    case .identity:
      return try AWSSettings.identity(environment: seams.environment(), read: seams.read)
    case .profile(let name):
      return try AWSSettings.find(
        profile: name, environment: seams.environment(), read: seams.read)
    case .secret(let other, let name):
      let secret = try await secret(name, in: other ?? namespace, of: [name])
      return try Self.settings(secret, place.configuration.s3Credentials, named: name)
    case .cluster:
      do throws(RecoveryError) { return try await own(place.configuration) } catch {
        guard error.code == .invalid else { throw error }
        throw RecoveryError(
          error.code, error.message, remedy: error.remedy, detail: .ownSecret)
      }
    }
  }

  // MARK: The cluster's own

  private func own(
    _ configuration: BarmanObjectStoreConfiguration
  ) async throws(RecoveryError) -> AWSSettings {
    guard let keys = configuration.s3Credentials else {
      throw RecoveryError(
        .refused, "the cluster's own credentials are none for S3", remedy: Self.advice)
    }
    guard let name = keys.accessKeyId?.name else {
      throw RecoveryError(
        .refused,
        "the cluster reads its store with the role of its nodes or its account, "
          + "which is not ours",
        remedy:
          "give this account a role of its own: store_credentials: identity; or \(Self.advice)")
    }
    let names = configuration.secretNames
    var values = try await secret(name, in: namespace, of: names)
    for other in Set(
      [keys.secretAccessKey, keys.sessionToken, keys.region].compactMap { $0?.name })
    where other != name {
      values.merge(try await secret(other, in: namespace, of: names)) { $1 }
    }
    return try Self.settings(values, keys, named: name, isOwn: true)
  }

  static let advice =
    "name credentials that may read it: store_credentials: profile/NAME in the configuration"

  /// What prints the right to read these.
  static func grant(_ secrets: [String], in namespace: String) -> String {
    guard ([namespace] + secrets).allSatisfy(ObjectName.isValid) else {
      return "grant get on it, or \(advice)"
    }
    return "grant get on it: pgvigil manifest rbac --role store -n \(namespace)"
      + secrets.map { " --secret \($0)" }.joined() + "; or \(advice)"
  }

  /// `names`: of all that are read beside it.
  private func secret(
    _ name: String, in namespace: String, of names: [String]
  ) async throws(RecoveryError) -> [String: String] {
    let place = "Secret \(Sanitizer.clean(name, limit: 80)) of \(namespace)"
    guard let client = client() else {
      throw RecoveryError(.unreachable, "there is no connection to the API server")
    }
    do {
      guard let tree = try await client.get(.secrets, in: namespace, name) else {
        throw RecoveryError(.invalid, "there is no \(place)", remedy: Self.advice)
      }
      return (tree.at("data")?.map ?? [:]).compactMapValues { value in
        value.string.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
      }
    } catch let error as RecoveryError {
      guard error.code == .denied else { throw error }
      throw RecoveryError(
        .denied, "\(place) may not be read (get secrets)",
        remedy: Self.grant(names, in: namespace))
    } catch {
      throw RecoveryError(.cancelled, "reading \(place) was cancelled")
    }
  }

  /// Values by the keys that the cluster names, else by those that are usual; of its own Secret (`isOwn`) by what it names
  /// alone, as the cluster itself reads it.
  static func settings(
    _ values: [String: String], _ keys: BarmanObjectStoreConfiguration.S3Credentials?,
    named: String, isOwn: Bool = false
  ) throws(RecoveryError) -> AWSSettings {
    func value(_ own: BarmanObjectStoreConfiguration.SecretKey?, _ usual: String...) -> String? {
      ([own?.key].compactMap { $0 } + (isOwn && own?.key != nil ? [] : usual)).lazy.compactMap {
        values[$0]
      }
      .map { String($0.trimmed) }.first { !$0.isEmpty }
    }
    let key = value(keys?.accessKeyId, "ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID")
    let secret = value(keys?.secretAccessKey, "ACCESS_SECRET_KEY", "AWS_SECRET_ACCESS_KEY")
    guard let key, let secret else {
      let missing = [
        key == nil ? keys?.accessKeyId?.key ?? "ACCESS_KEY_ID" : nil,
        secret == nil ? keys?.secretAccessKey?.key ?? "ACCESS_SECRET_KEY" : nil,
      ].compactMap { $0 }
      throw RecoveryError(
        .invalid,
        "Secret \(Sanitizer.clean(named, limit: 80)) lacks \(missing.count == 1 ? "key" : "keys") "
          + missing.map { Sanitizer.clean($0, limit: 80) }.joined(separator: ", "),
        remedy: "the cluster cannot read its store with it either")
    }
    let token = value(keys?.sessionToken, "AWS_SESSION_TOKEN")
    return AWSSettings(
      credentials: .written(
        AWSCredentials(
          accessKey: Secret(key), secretKey: Secret(secret),
          sessionToken: token.map { Secret($0) }, source: "Secret \(named)")),
      region: value(keys?.region, "AWS_REGION"))
  }

  private func authority(_ place: StorePlace) async throws(RecoveryError) -> [UInt8]? {
    if let path = options.authorityFile {
      return try seams.authority(in: path, named: "store_ca")
    }
    guard let own = place.configuration.endpointCA, let name = own.name, let key = own.key else {
      return nil
    }
    let values = try await secret(
      name, in: namespace,
      of: options.credentials == .cluster
        ? place.configuration.secretNames : [name])
    return values[key].map { Array($0.utf8) }
  }
}
