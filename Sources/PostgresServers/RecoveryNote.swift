import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel

/// A small file in the place of drills that says where a recovery beside production lies, which may be anywhere.
package struct RecoveryNote: Sendable, Equatable, Codable {
  private static let prefix = "pgvigil-recovery-"
  /// Constant, so that nobody else's JSON is taken for one of ours.
  package static let word = "pgvigil recovery: copy beside production"

  package var mark: String
  package var id: String
  package var cluster: String
  package var directory: String

  package init(id: String, cluster: String, directory: String) {
    mark = Self.word
    self.id = id
    self.cluster = cluster
    self.directory = directory
  }

  package var fileName: String { "\(Self.prefix)\(id).json" }

  /// Those that lie in a directory, by name; none where it cannot be listed.
  package static func all(in place: String) -> [RecoveryNote] {
    (LocalFile.entries(place) ?? []).filter { $0.hasPrefix(prefix) }.sorted().compactMap { name in
      guard let bytes = LocalFile.read("\(place)/\(name)", flags: O_NONBLOCK | O_NOFOLLOW),
        let note = try? JSONDecoder().decode(RecoveryNote.self, from: Data(bytes)),
        note.mark == word, note.fileName == name, note.directory.hasPrefix("/")
      else { return nil }
      return note
    }
  }
}
