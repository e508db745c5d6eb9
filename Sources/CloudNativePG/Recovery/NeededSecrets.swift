import Kubernetes
import RecoveryModel

/// The source's Secrets that a restore needs: whether they are there, with the keys that it reads.
///
/// Without one the operator would wait for it in silence for as long as it may.
struct NeededSecrets: Sendable {
  var client: KubernetesClient
  /// Where they lie.
  var namespace: String

  /// Those that are not there as they are needed. Throws as `requirement`.
  func lacking(
    _ secrets: [ClusterDrillOrder.SecretCopy]
  ) async throws -> [ClusterDrillOrder.SecretCopy] {
    var lacking: [ClusterDrillOrder.SecretCopy] = []
    for secret in secrets where try await !look(at: secret).isEmpty { lacking.append(secret) }
    return lacking
  }

  /// nil where none is needed. Throws where the server does not let us look.
  func requirement(_ secrets: [ClusterDrillOrder.SecretCopy]) async throws -> Requirement? {
    guard !secrets.isEmpty else { return nil }
    var faults: [String] = []
    for secret in secrets { faults += try await look(at: secret) }
    let names = secrets.map { Sanitizer.clean($0.source, limit: 80) }
    return Requirement(
      what: "the Secrets that the restore reads are there", satisfied: faults.isEmpty,
      detail: faults.isEmpty
        ? "\(names.joined(separator: ", ")) in \(namespace), with every key that is read"
        : faults.joined(separator: "; "))
  }

  /// Each a sentence; empty = all is there.
  private func look(at secret: ClusterDrillOrder.SecretCopy) async throws -> [String] {
    let name = Sanitizer.clean(secret.source, limit: 80)
    guard let found = try await client.get(.secrets, in: namespace, secret.source) else {
      let keys = secret.keys.isEmpty ? "" : " (its keys: \(Self.list(secret.keys)))"
      return ["the Secret \(name) does not exist in \(namespace)\(keys)"]
    }
    let data = found.at("data")?.map ?? [:]
    let missing = secret.keys.filter { data[$0] == nil }
    let empty = secret.keys.filter { data[$0]?.string == "" }
    var faults: [String] = []
    if !missing.isEmpty {
      faults.append("the Secret \(name) in \(namespace) has no key \(Self.list(missing))")
    }
    if !empty.isEmpty {
      faults.append("the Secret \(name) in \(namespace) has nothing in \(Self.list(empty))")
    }
    return faults
  }

  private static func list(_ keys: [String]) -> String {
    keys.map { Sanitizer.clean($0, limit: 80) }.joined(separator: ", ")
  }
}
