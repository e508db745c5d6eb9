import Kubernetes
import RecoveryModel

/// What a Cluster that is to be recovered needs where it will be made, whether it stays or is thrown away. Asks for little
/// and changes nothing; what cannot be asked is unknown, with why.
struct PlaceChecks: Sendable {
  var client: KubernetesClient
  /// Of the cluster that it comes from.
  var facts: CloudNativePGFacts
  /// The new one.
  var cluster: ObjectTree
  var namespace: String

  private var name: String { cluster.at("metadata", "name")?.string ?? "" }

  // MARK: The namespace

  func policies() async -> Requirement? {
    let what = "NetworkPolicies let the recovery job out"
    return await Requirement.asking(what) {
      let kind = Resource(group: "networking.k8s.io", version: "v1", plural: "networkpolicies")
      let inherited = cluster.at("spec", "inheritedMetadata", "labels")?.strings ?? [:]
      let production = (facts.pods.value ?? []).first.flatMap(\.metadata.labels) ?? [:]
      return EgressPolicies(policies: try await client.list(kind, in: namespace, labels: ""))
        .requirement(
          EgressPolicies.labels(of: name, inherited: inherited), production: production)
    }
  }

  func quotas() async -> Requirement? {
    await Requirement.asking("the namespace's quotas leave room for it") {
      let kind = Resource(group: "", version: "v1", plural: "resourcequotas")
      return RecoveryRoom(
        cluster: cluster, quotas: try await client.list(kind, in: namespace, labels: "")
      ).requirement
    }
  }

  // MARK: The storage

  func storageClass() async -> Requirement? {
    let what = "the storage class is there"
    guard let named = cluster.at("spec", "storage", "storageClass")?.string else { return nil }
    return await Requirement.asking(what) {
      let kind = Resource(group: "storage.k8s.io", version: "v1", plural: "storageclasses")
      return try await client.get(kind, in: nil, named) == nil
        ? .notMet(what, "there is no StorageClass \(facts.shown(named))") : .met(what, named)
    }
  }

  // MARK: The image and the nodes

  func catalog() async -> Requirement? {
    guard let reference = cluster.at("spec", "imageCatalogRef"),
      let named = reference.at("name")?.string
    else { return nil }
    let what = "the image catalog is there"
    return await Requirement.asking(what) {
      let isWide = reference.at("kind")?.string == "ClusterImageCatalog"
      let kind = Resource(
        group: CNPGCluster.resource.group, version: "v1",
        plural: isWide ? "clusterimagecatalogs" : "imagecatalogs")
      return try await client.get(kind, in: isWide ? nil : namespace, named) == nil
        ? .notMet(what, "there is no \(facts.shown(named))") : .met(what, facts.shown(named))
    }
  }

  /// The cluster's nodes; a failure is told by whoever needs them.
  func nodes() async -> Result<[ObjectTree], any Error> {
    let kind = Resource(group: "", version: "v1", plural: "nodes")
    do { return .success(try await client.list(kind, in: nil, labels: "")) } catch {
      return .failure(error)
    }
  }

  /// Whether any takes a new pod; which of them fits, its scheduler alone knows.
  func schedulable(_ nodes: Result<[ObjectTree], any Error>) -> Requirement {
    let what = "a node takes new pods"
    return asked(what, nodes) { nodes in
      guard !nodes.isEmpty else { return .unknown(what, "no node is seen") }
      let cordoned = nodes.count { $0.at("spec", "unschedulable")?.bool == true }
      let away = nodes.count { $0.at("spec", "unschedulable")?.bool != true && !isReady($0) }
      let taking = nodes.count - cordoned - away
      let others = [
        cordoned > 0 ? "\(cordoned) cordoned" : nil, away > 0 ? "\(away) not ready" : nil,
      ].compactMap { $0 }
      let words = "\(taking) of \(nodes.count)" + (others.isEmpty ? "" : ", ")
      return taking > 0
        ? .met(what, words + others.joined(separator: ", "))
        : .notMet(what, words + others.joined(separator: ", ") + ": kubectl uncordon NODE")
    }
  }

  private func isReady(_ node: ObjectTree) -> Bool {
    !(node.at("status", "conditions")?.list ?? []).contains {
      $0.at("type")?.string == "Ready" && $0.at("status")?.string != "True"
    }
  }

  /// A node that has the image needs nobody to give it out.
  func imageAtHand(_ nodes: Result<[ObjectTree], any Error>) -> Requirement {
    let what = "its image is on a node"
    guard let image = facts.runningImage else {
      return .unknown(what, "what production runs is not told")
    }
    return asked(what, nodes) { nodes in
      let ready = nodes.filter { $0.at("spec", "unschedulable")?.bool != true }
      let having = ready.count { node in
        (node.at("status", "images")?.list ?? []).flatMap { $0.at("names")?.list ?? [] }
          .contains { $0.string.map { isName($0, of: image) } ?? false }
      }
      return having > 0
        ? .met(what, "\(facts.shown(image)) is on \(having) of \(ready.count) nodes")
        : .unknown(
          what,
          "no node tells of \(facts.shown(image)): whether the registry still gives it out, "
            + "is not tried")
    }
  }

  /// Nodes write the registry's name out.
  private func isName(_ held: String, of image: String) -> Bool {
    held == image || held == "docker.io/" + image || held == "docker.io/library/" + image
  }

  private func asked(
    _ what: String, _ nodes: Result<[ObjectTree], any Error>,
    _ judge: ([ObjectTree]) -> Requirement
  ) -> Requirement {
    switch nodes {
    case .success(let nodes): return judge(nodes)
    case .failure(let error): return .unanswered(what, error)
    }
  }

  func architecture(_ nodes: Result<[ObjectTree], any Error>) -> Requirement {
    let what = "it will run on the kind of processor that the data is of"
    return asked(what, nodes) { nodes in
      let kinds = Set(
        nodes.compactMap { $0.at("status", "nodeInfo", "architecture")?.string }
      ).sorted()
      guard !kinds.isEmpty else { return .unknown(what, "no node says of what kind it is") }
      guard kinds.count > 1 else { return .met(what, "every node is \(kinds[0])") }
      return .unknown(
        what,
        "there are nodes of \(kinds.joined(separator: " and ")): data of one is not read by the "
          + "other; keep it to production's by spec.affinity.nodeSelector (kubernetes.io/arch)")
    }
  }
}

extension Requirement {
  /// Asks, and tells why there was no answer.
  static func asking(_ what: String, _ ask: () async throws -> Requirement?) async -> Requirement? {
    do { return try await ask() } catch { return .unanswered(what, error) }
  }

  fileprivate static func unanswered(_ what: String, _ error: any Error) -> Requirement {
    let said = (error as? RecoveryError).map { Sanitizer.clean($0.message, limit: 200) }
    return .unknown(what, said ?? "\(error)")
  }
}
