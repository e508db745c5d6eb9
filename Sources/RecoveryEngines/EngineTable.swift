import RecoveryModel

/// The one registry of engines: an engine is a folder here and a row in this table.
public enum EngineTable {
  public static let all: [EngineDescriptor] = [
    PgBackRestEngine.descriptor, CloudNativePGEngine.descriptor,
  ]

  public static func engine(id: String) -> EngineDescriptor? { all.first { $0.id == id } }
}
