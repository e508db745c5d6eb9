import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Makes the services for a configuration; the console and the headless commands open theirs the same way.
public struct ServiceOpener: Sendable {
  public var engines: [EngineDescriptor]
  public var environment: [String: String]

  public init(engines: [EngineDescriptor], environment: [String: String]) {
    self.engines = engines
    self.environment = environment
  }

  /// nil = `$XDG_CONFIG_HOME/pgvigil/config.yaml`. `operationID` becomes the id of the next operation.
  /// Throws `ConfigurationError`.
  public func open(
    configuration path: String?, operationID: String? = nil
  ) throws(ConfigurationError) -> Services {
    let paths = Paths(environment: environment)
    let configuration = try Configuration.load(
      path: Self.absolute(path ?? paths.configurationFile), engines: engines)
    return try Services.make(
      configuration: configuration, engines: engines,
      environment: Self.engineEnvironment(firstID: operationID), paths: paths)
  }

  /// The real clock, host and account.
  static func engineEnvironment(firstID: String?) -> EngineEnvironment {
    let pending = PendingID(firstID)
    return EngineEnvironment(
      now: { Date() }, host: host(), user: user(),
      newID: { pending.take() ?? randomID() }, version: Version.number)
  }

  /// Ten lower-case letters and digits: 51 bits, enough for every drill that a host will ever run.
  static func randomID() -> String {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<10).compactMap { _ in alphabet.randomElement() })
  }

  /// Engines run their tools from `/`, so a path must not depend on where we are.
  private static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return path }
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard getcwd(&buffer, buffer.count) != nil else { return path }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return String(decoding: bytes, as: UTF8.self) + "/" + path
  }

  private static func host() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func user() -> String {
    guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else {
      return "\(geteuid())"
    }
    return String(cString: name)
  }
}

/// An id that is handed out once.
private final class PendingID: Sendable {
  private let value: Mutex<String?>

  init(_ id: String?) { value = Mutex(id) }

  func take() -> String? {
    value.withLock { value in
      defer { value = nil }
      return value
    }
  }
}
