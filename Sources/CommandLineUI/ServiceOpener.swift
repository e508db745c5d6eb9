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
package struct ServiceOpener: Sendable {
  package var engines: [EngineDescriptor]
  /// nil = no engine finds clusters by itself.
  package var discoverer: Discoverer?
  package var environment: [String: String]

  package init(
    engines: [EngineDescriptor], discoverer: Discoverer? = nil, environment: [String: String]
  ) {
    self.engines = engines
    self.discoverer = discoverer
    self.environment = environment
  }

  /// The services for what is asked for; `operationID` becomes the id of the next operation. Asks nothing yet.
  /// Throws `ConfigurationError`, or `RecoveryError` for a context that is not there.
  package func open(_ request: FleetRequest, operationID: String? = nil) throws -> Services {
    var request = request
    // Engines run their tools from `/`, and printed commands are typed anywhere: no path depends on where we are.
    request.kubeconfig = request.kubeconfig.map(Self.absolute)
    request.configuration = request.configuration.map(Self.absolute)
    let paths = Paths(environment: environment)
    let configuration = try configuration(of: request, paths: paths)
    try discoverer?.checkContexts(of: request, configuration)
    return try Services.make(
      configuration: configuration, engines: engines,
      environment: Self.engineEnvironment(firstID: operationID), paths: paths, request: request,
      discoverer: discoverer)
  }

  /// The file that was asked for, else the usual one; where there is none, an empty one if clusters can be found
  /// without it.
  private func configuration(
    of request: FleetRequest, paths: Paths
  ) throws(ConfigurationError) -> Configuration {
    let places = KubeconfigPlaces(environment: environment)
    let mayFind = discoverer != nil && (request.asksForDiscovery || places.exist)
    let path = Self.absolute(request.configuration ?? paths.configurationFile)
    if request.configuration == nil, access(path, F_OK) != 0 {
      if mayFind { return Configuration() }
      guard discoverer != nil else { return try Configuration.load(path: path, engines: engines) }
      do {
        return try Configuration.load(path: path, engines: engines)
      } catch {
        throw Self.extended(error, places: places)
      }
    }
    return try Configuration.load(path: path, engines: engines, mayFind: mayFind)
  }

  /// The same with what was looked for besides.
  private static func extended(
    _ error: ConfigurationError, places: KubeconfigPlaces
  ) -> ConfigurationError {
    var error = error
    for index in error.problems.indices {
      error.problems[index].found +=
        "; nor a kubeconfig to find clusters with: " + places.words.joined(separator: ", ")
    }
    return error
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

  /// From the present directory.
  static func absolute(_ path: String) -> String {
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
