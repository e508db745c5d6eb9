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
  func open(_ place: StorePlace, bucket: String) async throws(RecoveryError) -> S3Client {
    let settings = try await settings(place)
    let endpoint = options.endpointURL ?? place.configuration.endpointURL
    return seams.client(
      bucket: bucket, settings: settings,
      endpointURL: endpoint.flatMap { $0.isEmpty ? nil : $0 },
      authority: try await authority(place))
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
    case .cluster: return try await own(place.configuration)
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
    return try Self.settings(values, keys, named: name)
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

  /// Values by the keys that the cluster names, else by those that are usual.
  static func settings(
    _ values: [String: String], _ keys: BarmanObjectStoreConfiguration.S3Credentials?, named: String
  ) throws(RecoveryError) -> AWSSettings {
    func value(_ own: BarmanObjectStoreConfiguration.SecretKey?, _ usual: String...) -> String? {
      ([own?.key].compactMap { $0 } + usual).lazy.compactMap { values[$0] }
        .map { String($0.trimmed) }.first { !$0.isEmpty }
    }
    guard let key = value(keys?.accessKeyId, "ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
      let secret = value(keys?.secretAccessKey, "ACCESS_SECRET_KEY", "AWS_SECRET_ACCESS_KEY")
    else {
      let wanted = [keys?.accessKeyId?.key, keys?.secretAccessKey?.key].compactMap { $0 }
      throw RecoveryError(
        .invalid,
        "Secret \(Sanitizer.clean(named, limit: 80)) lacks the keys "
          + (wanted.isEmpty
            ? "ACCESS_KEY_ID and ACCESS_SECRET_KEY" : wanted.joined(separator: ", ")),
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
