import RecoveryModel
import Transports

/// Whom requests are made for, as a kubeconfig's `as` keys say: the server then grants that one's rights alone.
///
/// Source: kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation.
package struct Impersonation: Sendable, Equatable {
  package var user: String?
  package var uid: String?
  package var groups: [String] = []
  package var extra: [String: [String]] = [:]

  package init(user: String? = nil, uid: String? = nil, groups: [String] = []) {
    self.user = user
    self.uid = uid
    self.groups = groups
  }

  var isNone: Bool { user == nil && uid == nil && groups.isEmpty && extra.isEmpty }

  /// Throws `RecoveryError` (invalid) for what kubectl refuses, and for what would be a header of its own.
  package func check(context: String) throws {
    guard user != nil || isNone else {
      throw RecoveryError(
        .invalid,
        "context \(context) asks for a uid, groups or extra without impersonating a user",
        remedy: "set `as` beside them in the kubeconfig, or give --as")
    }
    let values = headers.flatMap { [$0.name, $0.value] }
    guard values.allSatisfy({ $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } })
    else {
      throw RecoveryError(
        .invalid, "context \(context) impersonates a name with a control character in it")
    }
  }

  /// As client-go sends them.
  package var headers: [HTTPHeader] {
    guard let user else { return [] }
    var headers = [HTTPHeader("Impersonate-User", user)]
    if let uid { headers.append(HTTPHeader("Impersonate-Uid", uid)) }
    headers += groups.map { HTTPHeader("Impersonate-Group", $0) }
    for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
      headers += values.map { HTTPHeader("Impersonate-Extra-" + Self.escaped(key), $0) }
    }
    return headers
  }

  /// What may not stand in a header's name as %XX.
  private static func escaped(_ key: String) -> String {
    key.utf8.reduce(into: "") { escaped, byte in
      let character = Character(UnicodeScalar(byte))
      if character.isASCII,
        character.isLetter || character.isNumber || "!#$&'*+-.^_`|~".contains(character)
      {
        escaped.append(character)
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        escaped += "%" + (byte < 16 ? "0" : "") + hex
      }
    }
  }
}
