import CPostgres

/// libpq's connection strings, taken apart by libpq itself.
package enum Conninfo {
  /// The keywords that a string (`host=… port=…` or `postgresql://…`) sets; nil when libpq rejects it. Its error
  /// text is dropped because it quotes the string, password included.
  package static func parse(_ text: String) -> [String: String]? {
    var error: UnsafeMutablePointer<CChar>?
    defer { if let error { PQfreemem(error) } }
    guard let options = PQconninfoParse(text, &error) else { return nil }
    defer { PQconninfoFree(options) }
    var result: [String: String] = [:]
    var entry = options
    while let keyword = entry.pointee.keyword {
      if let value = entry.pointee.val {
        result[String(cString: keyword)] = String(cString: value)
      }
      entry = entry.advanced(by: 1)
    }
    return result
  }
}
