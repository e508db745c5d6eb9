import RecoveryModel
import Synchronization

/// Finds what it is told to find, when it is told.
final class FakeDiscovery: ClusterDiscovery {
  private struct State {
    var newest: DiscoveredFleet?
    var readers: [AsyncStream<DiscoveredFleet>.Continuation] = []
  }
  private let state = Mutex(State())

  func findings() -> AsyncStream<DiscoveredFleet> {
    AsyncStream { reader in
      state.withLock { state in
        state.readers.append(reader)
        if let newest = state.newest { reader.yield(newest) }
      }
    }
  }

  func find(
    _ clusters: [(String, any BackupEngine)], notices: [FleetNotice] = [], isComplete: Bool = true
  ) {
    let fleet = DiscoveredFleet(
      clusters: clusters.map { name, engine in
        DiscoveredCluster(
          declaration: ClusterDeclaration(name: name, engine: "fake"), engineTitle: "Fake",
          engine: engine)
      }, notices: notices, isComplete: isComplete)
    state.withLock { state in
      state.newest = fleet
      for reader in state.readers { reader.yield(fleet) }
    }
  }
}
