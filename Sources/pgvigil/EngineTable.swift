import BarmanCloud
import CloudNativePG
import PgBackRest
import RecoveryModel

/// The one registry of engines: an engine is a target of its own and a row in this table.
package enum EngineTable {
  package static let all: [EngineDescriptor] = [
    PgBackRestEngine.descriptor, CloudNativePGEngine.descriptor, BarmanCloudEngine.descriptor,
    BarmanCloudEngine.storeDescriptor,
  ]

  package static func engine(id: String) -> EngineDescriptor? { all.first { $0.id == id } }
}
