import RecoveryModel

/// How the console reaches the store of a cluster: the keys `store_…` of a declared one.
package struct StoreOptions: Sendable, Equatable {
  /// Whose credentials are used.
  package enum Credentials: Sendable, Equatable {
    /// Those of the cluster itself, where its Secret may be read.
    case cluster
    /// The console's own, as AWS's tools find them: AWS_ACCESS_KEY_ID first.
    case environment
    /// What the console's process is to AWS: web identity, the container's role, the machine's.
    case identity
    /// Of AWS's own files.
    case profile(String)
    case secret(namespace: String?, name: String)
    /// The store is not read.
    case off
  }

  package var credentials = Credentials.cluster
  /// How the store is reached from here, where that is not how the cluster reaches it.
  package var endpointURL: String?
  /// File of certificate authorities, instead of the cluster's own.
  package var authorityFile: String?
  /// What may be asked of the store in a day.
  package var limit = StoreLimit()

  package init() {}

  static let options: [EngineOption] =
    [
      EngineOption(
        "store_credentials", .string,
        help:
          "cluster, environment, identity, profile/NAME, secret/[NAMESPACE/]NAME or off (cluster)"
      ),
      EngineOption(
        "store_endpoint", .string, help: "URL of the object store as seen from here (the cluster's)"
      ),
      EngineOption("store_ca", .path, help: "file of its certificate authorities (the cluster's)"),
    ] + StoreLimit.options(prefix: "store_")

  /// nil for what is none of these.
  static func credentials(_ text: String) -> Credentials? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.dropFirst().allSatisfy({ !$0.isEmpty }) else { return nil }
    switch (parts[0], parts.count) {
    case ("cluster", 1): return .cluster
    case ("environment", 1): return .environment
    case ("identity", 1): return .identity
    case ("off", 1): return .off
    case ("profile", 2): return .profile(parts[1])
    case ("secret", 2): return .secret(namespace: nil, name: parts[1])
    case ("secret", 3): return .secret(namespace: parts[1], name: parts[2])
    default: return nil
    }
  }
}
