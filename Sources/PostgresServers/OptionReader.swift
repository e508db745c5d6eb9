import RecoveryModel
import Transports

/// Reads engine options with errors that name cluster and key.
package struct OptionReader {
  private let declaration: ClusterDeclaration

  package init(declaration: ClusterDeclaration) { self.declaration = declaration }

  package func value(_ key: String) -> OptionValue? { declaration.options[key] }

  /// nil where the key is not there.
  package func text(_ key: String) throws(RecoveryError) -> String? {
    guard let value = declaration.options[key] else { return nil }
    guard let text = value.string, !text.isEmpty else { throw invalid(key, .expected("a text")) }
    return text
  }

  package func required(_ key: String) throws(RecoveryError) -> String {
    guard let text = try text(key) else { throw invalid(key, .other("this key is required")) }
    return text
  }

  /// `instances`, a list that must not be empty.
  package func instances() throws(RecoveryError) -> [ServerAddress] {
    guard let list = declaration.options["instances"]?.list, !list.isEmpty else {
      throw invalid("instances", .expected("a list of {name, conninfo} or {name, service}"))
    }
    var result: [ServerAddress] = []
    for (index, entry) in list.enumerated() {
      let key = "instances[\(index)]"
      guard let map = entry.map, let name = map["name"]?.string, !name.isEmpty else {
        throw invalid(key, .expected("a map with a name"))
      }
      if let unknown = map.keys.sorted().first(where: {
        !["name", "conninfo", "service"].contains($0)
      }) {
        throw invalid("\(key).\(unknown)", .expected("name, conninfo or service"))
      }
      if result.contains(where: { $0.name == name }) {
        throw invalid(key, .other("a second instance is named \(name)"))
      }
      result.append(try instance(name: name, map: map, key: key))
    }
    return result
  }

  private func instance(
    name: String, map: [String: OptionValue], key: String
  ) throws(RecoveryError) -> ServerAddress {
    switch (map["conninfo"]?.string, map["service"]?.string) {
    case (let conninfo?, nil):
      return try server(name, conninfo: conninfo, key: "\(key).conninfo")
    case (nil, let service?):
      return ServerAddress(name: name, conninfo: ["service": service])
    default:
      throw invalid(key, .expected("either conninfo or service"))
    }
  }

  /// The password is kept apart. Never quotes the text.
  package func server(
    _ name: String, conninfo text: String, key: String
  ) throws(RecoveryError) -> ServerAddress {
    guard var keywords = Conninfo.parse(text) else {
      throw invalid(key, .expected("a libpq connection string (keyword=value)"))
    }
    let password = keywords.removeValue(forKey: "password").map { Secret($0) }
    let address = ServerAddress(name: name, conninfo: keywords, password: password)
    if let fault = address.fault { throw invalid(key, .other(fault)) }
    return address
  }

  package func invalid(_ key: String, _ fault: OptionFault) -> RecoveryError {
    RecoveryError(
      .invalid, "cluster \(declaration.name): \(key): \(fault.words)",
      detail: .option(key: key, fault))
  }
}
