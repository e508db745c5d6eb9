import FoundationEssentials
import Glibc
import Kubernetes
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// What an engine and a discovery reach the world through, so that tests hold it.
package struct CloudNativePGSeams: Sendable {
  package var http: @Sendable () -> HTTPClient = { .live() }
  package var processes = ProcessRunner.live
  package var read: @Sendable (String) throws -> [UInt8] = { try KubeconfigFiles.shared.bytes($0) }
  package var clock = CacheClock.live
  package var store = StoreSeams.live
  var openSQL: @Sendable (ServerAddress) -> SQLClient = {
    SQLClient.live(conninfo: $0.conninfo, password: $0.password)
  }
  var makeOperations: @Sendable (ClusterSite, EngineEnvironment) -> any ClusterOperations = {
    CloudNativePGOperations(site: $0, environment: $1)
  }
}
