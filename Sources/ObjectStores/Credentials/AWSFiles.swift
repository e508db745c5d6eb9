import RecoveryModel

/// `~/.aws/credentials` and `~/.aws/config`: sections of `key = value`, where indented lines belong to the key above.
struct AWSFiles {
  /// By section; nested keys as `s3.addressing_style`.
  typealias Sections = [String: [String: String]]

  let paths: [String]
  private let credentials: Sections
  private let configuration: Sections

  init(environment: [String: String], read: (String) -> String?) {
    let home = environment["HOME"] ?? ""
    let paths = [
      environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home + "/.aws/credentials",
      environment["AWS_CONFIG_FILE"] ?? home + "/.aws/config",
    ].map { $0.hasPrefix("~/") ? home + $0.dropFirst() : $0 }
    self.paths = paths
    credentials = Self.sections(read(paths[0]) ?? "")
    configuration = Self.sections(read(paths[1]) ?? "")
  }

  /// Keys of both files; those of the credentials file win.
  func profile(_ name: String) -> [String: String] {
    let plain = name == "default" ? configuration["default"] ?? [:] : [:]
    return plain.merging(configuration["profile \(name)"] ?? [:]) { $1 }
      .merging(credentials[name] ?? [:]) { $1 }
  }

  func services(_ name: String) -> [String: String] { configuration["services \(name)"] ?? [:] }

  static func sections(_ text: String) -> Sections {
    var sections: Sections = [:]
    var section = ""
    var parent: String?
    for line in text.split(whereSeparator: \.isNewline) {
      let bare = line.trimmed
      guard let first = bare.first, first != "#", first != ";" else { continue }
      if first == "[" {
        let name = bare.dropFirst().prefix { $0 != "]" }
        section = name.split(separator: " ").map { $0.filter { $0 != "\"" } }
          .joined(separator: " ")
        parent = nil
        continue
      }
      guard let equals = bare.firstIndex(of: "=") else { continue }
      let key = bare[..<equals].trimmed.lowercased()
      let value = withoutComment(bare[bare.index(after: equals)...].trimmed)
      let isNested = line.first.map { $0 == " " || $0 == "\t" } ?? false
      if isNested, let parent {
        sections[section, default: [:]]["\(parent).\(key)"] = value
      } else {
        parent = value.isEmpty ? key : nil
        if !value.isEmpty { sections[section, default: [:]][key] = value }
      }
    }
    return sections
  }

  /// A comment in a line begins after a space.
  private static func withoutComment(_ value: String) -> String {
    let end = [" #", " ;", "\t#", "\t;"].compactMap { value.firstRange(of: $0)?.lowerBound }.min()
    return value[..<(end ?? value.endIndex)].trimmed
  }
}
