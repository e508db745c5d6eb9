import Glibc
import LocalFiles
import TextScreen

/// The themes there are: compiled in, shipped beside the program, and the user's own, the later over the earlier.
package struct ThemeLibrary: Sendable {
  /// Folders with `*.yaml`, the strongest last; missing ones are fine.
  package let folders: [String]

  package init(folders: [String]) { self.folders = folders }

  /// A theme file is a page; more is a mistake, not a theme.
  private static let sizeLimit = 64 * 1024

  /// `../share/pgvigil/themes` beside the program (in a build tree `themes` at its root), then
  /// `$XDG_CONFIG_HOME/pgvigil/themes`.
  package static func standard() -> ThemeLibrary {
    var folders: [String] = []
    if let program = programPath() {
      let parts = program.split(separator: "/").dropLast()
      folders.append(
        "/" + (parts.dropLast() + ["share", "pgvigil", "themes"]).joined(separator: "/"))
      if let build = parts.firstIndex(of: ".build") {
        folders.append("/" + (parts[..<build] + ["themes"]).joined(separator: "/"))
      }
    }
    let configuration =
      Environment["XDG_CONFIG_HOME"] ?? Environment["HOME"].map { "\($0)/.config" }
    if let configuration { folders.append("\(configuration)/pgvigil/themes") }
    return ThemeLibrary(folders: folders)
  }

  /// Every name that `theme(named:)` knows, sorted, `dark` first.
  package func names() -> [String] {
    var names: Set<String> = []
    for folder in folders {
      for file in LocalFile.names(folder) ?? [] where file.hasSuffix(".yaml") {
        names.insert(String(file.dropLast(5)))
      }
    }
    names.remove(Theme.dark.name)
    return [Theme.dark.name] + names.sorted()
  }

  package func theme(named name: String) throws(ThemeError) -> Theme {
    if !name.contains("/"), !name.isEmpty {
      for folder in folders.reversed() {
        let path = "\(folder)/\(name).yaml"
        guard let text = try Self.text(of: path) else { continue }
        return try ThemeParser.parse(text, name: name, file: path)
      }
    }
    guard name == Theme.dark.name else {
      let known = names().joined(separator: ", ")
      throw ThemeError(file: name, line: 0, message: "no such theme; there are \(known)")
    }
    return .dark
  }

  /// nil = there is no such file.
  private static func text(of path: String) throws(ThemeError) -> String? {
    let bytes: [UInt8]
    switch FileBytes.read(path, limit: sizeLimit) {
    case .success(let read): bytes = read
    case .failure(let failure) where failure.code == ENOENT || failure.code == ENOTDIR: return nil
    case .failure(let failure):
      let isLarge = failure.limit != nil
      throw ThemeError(
        file: path, line: 0,
        message: isLarge ? "is larger than \(sizeLimit) bytes" : failure.words)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ThemeError(file: path, line: 0, message: "is not UTF-8")
    }
    return text
  }

  private static func programPath() -> String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}
