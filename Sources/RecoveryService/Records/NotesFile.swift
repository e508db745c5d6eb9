import FoundationEssentials
import Glibc
import LocalFiles
import RecoveryModel

/// What is kept of a cluster from one look to the next: a small document beside its ledger, that all who share it add to.
/// It makes figures better and decides nothing: one that cannot be read or written is none.
package actor NotesFile {
  package nonisolated let path: String
  private let mode: UInt32
  private nonisolated let queue: FileQueue
  private var cached: (stamp: LineFile.Stamp?, notes: ClusterNotes)?

  /// Some ten times what notes can have.
  private static let maximumBytes = 1 << 20

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    queue.asUnownedSerialExecutor()
  }

  /// `shared`: other accounts of the file's group may write too, as far as the umask lets them.
  package init(path: String, shared: Bool = false) {
    self.path = path
    mode = shared ? 0o660 : 0o600
    queue = FileQueue(label: "pgvigil.notes")
  }

  /// The file is read again only when its size or time changed.
  package func contents() -> ClusterNotes {
    let stamp = try? LineFile(path: path, mode: mode).stamp()
    if let cached, cached.stamp == stamp { return cached.notes }
    // Somebody may be writing it now.
    let read = FileBytes.read(path, limit: Self.maximumBytes)
    let notes = (try? read.get()).flatMap(Self.decoded) ?? cached?.notes ?? ClusterNotes()
    cached = (stamp, notes)
    return notes
  }

  /// Adds to what stands there; false where it could not.
  @discardableResult
  package func keep(_ notes: ClusterNotes, at now: Date) -> Bool {
    guard FileBytes.makeParent(of: path) == nil,
      case .success(let descriptor) = FileBytes.openShared(path, flags: 0, mode: mode)
    else { return false }
    // Its lock goes with it.
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    let standing = try? FileBytes.read(descriptor: descriptor, limit: Self.maximumBytes).get()
    var all = standing.flatMap(Self.decoded) ?? ClusterNotes()
    all.merge(notes, at: now)
    guard let bytes = try? RecordCoding.encode(all) else { return false }
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    return written == bytes.count && ftruncate(descriptor, off_t(bytes.count)) == 0
  }

  private static func decoded(_ bytes: [UInt8]) -> ClusterNotes? {
    try? RecordCoding.decode(ClusterNotes.self, from: bytes)
  }
}
