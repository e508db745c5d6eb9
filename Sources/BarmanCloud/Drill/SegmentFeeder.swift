import DrillParts
import FoundationEssentials
import Glibc
import LocalFiles
import ObjectStores
import RecoveryModel
import Transports

/// Brings WAL to a copy as its restore_command asks for it, and a few segments ahead: credentials and connections stay in
/// this process.
///
/// They talk by files in one directory. The command leaves `NAME.want`; it gets `NAME`, or `NAME.none` where the archive has
/// no such file, or `NAME.error` where nobody could tell.
actor SegmentFeeder {
  private let restore: BarmanRestore
  private let directory: String
  private let owner: Account
  private var flights: [String: Task<Void, Never>] = [:]
  /// Names that were answered, however; bounded by the archive.
  private var answered: Set<String> = []
  private var loop: Task<Void, Never>?
  /// Why a file could not be had; the first.
  private(set) var failure: RecoveryError?
  /// What is wrong with a file that was asked for; the first.
  private(set) var damage: String?

  /// Segments that are fetched before they are asked for.
  private static let ahead = 6
  /// Seconds between two looks at what is wanted.
  private static let pause = 0.01

  init(_ restore: BarmanRestore, directory: String, owner: Account) {
    self.restore = restore
    self.directory = directory
    self.owner = owner
  }

  /// A constant text; what varies are its arguments: the directory, the file's name, where it is to go. Ends with a
  /// status that PostgreSQL does not take for the end of the archive when nobody answers.
  static let script = """
    d=$1; name=$2; to=$3; n=0
    : > "$d/$name.want" || exit 255
    while [ "$n" -lt 60000 ] && [ -d "$d" ]; do
      if [ -f "$d/$name" ]; then mv -- "$d/$name" "$to"; exit $?; fi
      if [ -f "$d/$name.none" ]; then exit 1; fi
      if [ -f "$d/$name.error" ]; then exit 255; fi
      sleep 0.02
      n=$((n + 1))
      if [ $((n % 100)) -eq 0 ]; then : > "$d/$name.again"; fi
    done
    exit 255

    """

  func start() {
    loop = Task { await self.serve() }
  }

  func stop() async {
    loop?.cancel()
    for flight in flights.values { flight.cancel() }
    for flight in flights.values { await flight.value }
    await loop?.value
  }

  private func serve() async {
    while !Task.isCancelled {
      for file in LocalFile.entries(directory) ?? [] { hear(file) }
      try? await Task.sleep(for: .seconds(Self.pause))
    }
  }

  private func hear(_ file: String) {
    guard let dot = file.lastIndex(of: ".") else { return }
    let name = String(file[..<dot])
    switch file[dot...] {
    case ".want": break
    case ".again":
      // It was taken by a server that was then started anew.
      if !hasAnswer(name) { answered.remove(name) }
    default: return
    }
    unlink("\(directory)/\(file)")
    want(name)
    fetchAhead(of: name)
  }

  private func hasAnswer(_ name: String) -> Bool {
    ["", ".none", ".error"].contains { FileText.exists("\(directory)/\(name)\($0)") }
  }

  private func fetchAhead(of name: String) {
    guard var segment = WALSegment(name: name, segmentSize: restore.segmentSize) else { return }
    for _ in 0..<Self.ahead {
      segment = segment.next
      let name = segment.name(segmentSize: restore.segmentSize)
      if restore.has(name) { want(name) }
    }
  }

  private func want(_ name: String) {
    guard flights[name] == nil, !answered.contains(name) else { return }
    flights[name] = Task { await self.bring(name) }
  }

  private func bring(_ name: String) async {
    defer { flights[name] = nil }
    do {
      switch try await restore.fetch(name) {
      case .whole(let bytes): try put(name, bytes)
      case .absent: try put(name + ".none", [])
      case .damaged(let words):
        damage = damage ?? "\(name) is damaged: \(words)"
        try put(name + ".none", [])
      case .unread(let reason): throw RecoveryError(.failed, "\(name): \(reason)")
      }
    } catch {
      guard !Task.isCancelled else { return }
      let known = error as? RecoveryError ?? RecoveryError(.failed, "\(error)")
      failure = failure ?? known
      try? put(name + ".error", [])
    }
    answered.insert(name)
  }

  /// Whole at once: the command takes whatever it sees.
  private func put(_ name: String, _ bytes: [UInt8]) throws(RecoveryError) {
    let path = "\(directory)/\(name)"
    let draft = path + ".part"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("make", draft) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      written += count
    }
    let isOwned = geteuid() != 0 || fchown(descriptor, owner.user, owner.group) == 0
    let saved = errno
    close(descriptor)
    guard written == bytes.count, isOwned, rename(draft, path) == 0 else {
      errno = written < bytes.count ? saved : errno
      let failure = Self.failure("write", path)
      unlink(draft)
      throw failure
    }
  }

  private static func failure(_ verb: String, _ path: String) -> RecoveryError {
    RecoveryError(.failed, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}
