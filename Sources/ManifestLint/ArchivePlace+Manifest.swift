import RecoveryModel

extension ArchivePlace {
  init(_ store: ManifestNode, server: String?, of cluster: Manifest) {
    self.init(
      destination: store["destinationPath"]?.text ?? "", endpoint: store["endpointURL"]?.text,
      // An empty name is none: the cluster's own counts.
      server: server.flatMap { $0.isEmpty ? nil : $0 } ?? cluster.name)
  }
}
