import Synchronization

/// The servers of one test. On a real server what it made would stay there for ever.
package final class OpenedServers: Sendable {
  private let servers = Mutex<[TestServer]>([])

  package init() {}

  func add(_ server: TestServer) { servers.withLock { $0.append(server) } }

  /// Closing twice does no harm.
  package func closeAll() async {
    for server in servers.withLock({ $0 }) { await server.close() }
  }
}
