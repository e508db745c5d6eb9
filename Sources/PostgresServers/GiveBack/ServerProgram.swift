/// A program of PostgreSQL's that talks to a server, with its arguments but for those that say which one.
package struct ServerProgram: Sendable {
  package var words: [String]
  /// What starts it where the server is reached, as `sh -c …`; empty = nothing.
  package var through: [String]
  /// It reads what it is handed; where it does not, it must not: what is typed next would be read.
  package var isFed: Bool

  package init(_ words: [String], through: [String] = [], isFed: Bool = false) {
    self.words = words
    self.through = through
    self.isFed = isFed
  }
}

/// Such a program against one server: as a shell takes it.
package typealias ServerPrograms = @Sendable (ServerProgram) -> String

/// `pg_restore` on an archive of definitions that lies where the commands are run; no server is asked.
package struct ArchivePrograms: Sendable {
  /// With these arguments.
  package var read: @Sendable (_ arguments: [String], _ archive: String) -> String
  /// SQL of the entries that a file names, in the order in which it does.
  package var script: @Sendable (_ arguments: [String], _ archive: String, _ list: String) -> String

  package init(
    read: @escaping @Sendable (_ arguments: [String], _ archive: String) -> String,
    script: @escaping @Sendable (_ arguments: [String], _ archive: String, _ list: String) -> String
  ) {
    self.read = read
    self.script = script
  }
}
