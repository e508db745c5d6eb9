import RecoveryModel

/// How Azure's own tools are told of a shared access signature. An account's key would have to sign each request, which
/// nothing here does.
package enum AzureToken {
  /// Throws `RecoveryError` (denied, refused).
  package static func find(
    _ environment: [String: String], container: String
  ) throws(RecoveryError) -> Secret {
    let set = environment.filter { !$0.value.isEmpty }
    if let token = set["AZURE_STORAGE_SAS_TOKEN"] { return try signature(token) }
    if let text = set["AZURE_STORAGE_CONNECTION_STRING"] {
      return try connection(text, container: container)
    }
    if set["AZURE_STORAGE_KEY"] != nil { throw accountKey(container) }
    throw RecoveryError(
      .denied, "no shared access signature was found: AZURE_STORAGE_SAS_TOKEN is not set",
      remedy: "set it to the answer of \(AzureRefusal.command(container))")
  }

  /// Of `name=value;…`. Throws `RecoveryError` (refused).
  static func connection(
    _ text: String, container: String
  ) throws(RecoveryError) -> Secret {
    let name = "SharedAccessSignature="
    let part = text.split(separator: ";").first { $0.hasPrefix(name) }
    guard let part else { throw accountKey(container) }
    return try signature(String(part.dropFirst(name.count)))
  }

  /// As it is given, with or without a question mark before it. Throws `RecoveryError` (denied).
  static func signature(_ text: String) throws(RecoveryError) -> Secret {
    let token = text.trimmed.drop { $0 == "?" }
    guard token.contains("sig="),
      token.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 35 })
    else {
      throw RecoveryError(
        .denied, "what is given as a shared access signature is none: it has no sig= in it",
        remedy: "give all of it, as sv=…&sig=…")
    }
    return Secret(String(token))
  }

  package static func accountKey(_ container: String) -> RecoveryError {
    RecoveryError(
      .refused, "an account's key would have to sign each request, which is not done here",
      remedy: advice(container))
  }

  /// What would do instead.
  package static func advice(_ container: String) -> String {
    "give a shared access signature that reads and lists as AZURE_STORAGE_SAS_TOKEN: "
      + AzureRefusal.command(container)
  }
}
