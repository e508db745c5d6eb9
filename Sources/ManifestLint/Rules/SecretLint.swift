import RecoveryModel

/// Secrets belong into Git encrypted, or not at all.
enum SecretLint {
  static let plainText = LintRule(
    id: "secret.plain-text", severity: .error, title: "a Secret with values in plain text"
  ) { context in
    context.secrets.filter { $0.root["sops"] == nil }.compactMap { secret in
      guard let entry = plain(secret).first else { return nil }
      return secret.mark(
        entry.line, "\(secret.title) holds \(count(plain(secret).count)) in plain text",
        remedy: "sops --encrypt --encrypted-regex '^(data|stringData)$' --in-place FILE; what "
          + "was ever pushed must be replaced")
    }
  }

  static let partlyEncrypted = LintRule(
    id: "secret.partly-encrypted", severity: .warning,
    title: "a Secret that SOPS encrypted only in part"
  ) { context in
    context.secrets.filter { $0.root["sops"] != nil }.compactMap { secret in
      guard let entry = plain(secret).first else { return nil }
      return secret.mark(
        entry.line,
        "\(secret.title) went through SOPS with \(count(plain(secret).count)) left as "
          + "plain text", remedy: "check encrypted_regex in .sops.yaml and encrypt again")
    }
  }

  /// Values that are there and are not `ENC[…]`; base64 hides nothing.
  private static func plain(_ secret: Manifest) -> [ManifestNode.Entry] {
    ["data", "stringData"].flatMap { secret.root[$0]?.entries ?? [] }.filter { entry in
      guard let text = entry.value.text, !text.isEmpty, !isVariable(text) else { return false }
      return !text.hasPrefix("ENC[") && !entry.key.hasSuffix("_unencrypted")
    }
  }

  /// Nothing but variables: put in when it is applied.
  private static func isVariable(_ text: String) -> Bool {
    ManifestVariable.name(in: text) == text
  }

  private static func count(_ values: Int) -> String {
    values == 1 ? "1 value" : "\(values) values"
  }
}
