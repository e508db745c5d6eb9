/// A table that rows are missing of, as SQL names it, or a whole database.
package struct LostTable: Sendable, Equatable {
  package var database: String
  /// With its schema, quoted where it has to be; empty = all of the database, which is gone.
  package var name: String
  /// It is gone itself; nil = nobody tells.
  package var isDropped: Bool?

  /// nil for what is no name: it comes to stand in commands.
  package init?(database: String, name: String, isDropped: Bool? = nil) {
    guard !database.isEmpty, Sanitizer.clean(database) == database, Self.isName(name) else {
      return nil
    }
    self.database = database
    self.name = name
    self.isDropped = isDropped
  }

  /// All of a database; nil for what is no name.
  package init?(whole database: String) {
    guard !database.isEmpty, Sanitizer.clean(database) == database else { return nil }
    (self.database, name, isDropped) = (database, "", true)
  }

  package var isDatabase: Bool { name.isEmpty }

  /// The table that its rows are laid into.
  package var beside: String {
    name.hasSuffix("\"") ? name.dropLast() + "\(Self.mark)\"" : name + Self.mark
  }

  private static let mark = "_recovered"

  /// Whether a table's name is one that rows were laid beside under.
  static func isBeside(_ name: String) -> Bool {
    name.hasSuffix(mark) || name.hasSuffix("\(mark)\"")
  }

  /// `public.user_entity`, `"My shop".orders`: outside of quotes what needs none.
  private static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard !text.isEmpty, parts.count % 2 == 1, Sanitizer.clean(text, limit: 300) == text else {
      return false
    }
    return parts.indices.allSatisfy { index in
      index % 2 == 1
        || parts[index].allSatisfy { $0.isLetter || $0.isNumber || "_$.".contains($0) }
    }
  }
}

extension [LostTable] {
  /// As commands are told them, those of the first one's database; empty without any.
  package var arguments: [String] {
    guard let database = first?.database else { return [] }
    return ["--database", database]
      + filter { $0.database == database && !$0.isDatabase }.flatMap { ["--table", $0.name] }
  }

  /// The same behind a command.
  package var options: String { arguments.reduce("") { "\($0) \(ShellWord.quoted($1))" } }
}

extension FoundAct {
  /// What somebody may want back of it, as far as its names are known.
  package var lostTables: [LostTable] {
    guard let databaseName else { return [] }
    if kind == .dropDatabase { return [LostTable(whole: databaseName)].compactMap { $0 } }
    guard [.drop, .truncate, .delete].contains(kind) else { return [] }
    return relations.filter { !$0.isSystem }.compactMap { relation in
      relation.name.flatMap {
        LostTable(database: databaseName, name: $0, isDropped: kind == .drop)
      }
    }
  }
}
