import Glibc
import RecoveryModel
import Transports

/// The directory that throw-away copies are made in, and the rules for what it may be.
package struct DrillPlace: Sendable, Equatable {
  /// Without links, once it exists.
  package var path: String

  /// pgBackRest takes no path with a double slash.
  package init(path: String) { self.path = path.withoutEmptyParts }

  /// Why no drill may run here; nil = it may. Changes nothing; a place that does not exist yet is judged
  /// by its parent.
  package func objection(site: HostDrillSite) -> String? {
    guard path.hasPrefix("/") else { return "\(path) is not an absolute path" }
    guard let facts = FileText.facts(path) else {
      return FileText.resolved(path.parentPath) == nil
        ? "\(path.parentPath) does not exist" : forbidden(path.parentPath, site: site)
    }
    switch facts.st_mode & S_IFMT {
    case S_IFDIR: break
    case S_IFLNK: return "\(path) is a symbolic link"
    default: return "\(path) is not a directory"
    }
    if facts.st_uid != site.owner.user && facts.st_uid != 0 && facts.st_uid != geteuid() {
      return "\(path) belongs to another account (uid \(facts.st_uid))"
    }
    if facts.st_mode & 0o022 != 0 { return "\(path) may be written to by others than its owner" }
    return forbidden(path, site: site)
  }

  /// Why no recovery may be made in this very directory, which must not exist yet; nil = it may.
  package func objectionToNew(site: HostDrillSite) -> String? {
    guard FileText.facts(path) == nil else { return "something lies at \(path) already" }
    if let objection = objection(site: site) { return objection }
    guard let parent = FileText.facts(path.parentPath), parent.st_mode & 0o022 != 0,
      parent.st_mode & S_ISVTX == 0
    else { return nil }
    return "\(path.parentPath) may be written to by others than its owner"
  }

  /// The place lies in production's data or in the repository.
  private func forbidden(_ path: String, site: HostDrillSite) -> String? {
    guard let real = FileText.resolved(path) else { return "\(path) does not exist" }
    for place in site.forbidden where real.isInside(FileText.resolved(place.path) ?? place.path) {
      return "\(path) is inside \(place.what) \(place.path)"
    }
    var ancestor = real
    while ancestor != "/" && !ancestor.isEmpty {
      if FileText.facts(ancestor + "/PG_VERSION") != nil {
        return "\(path) is inside a PostgreSQL data directory, \(ancestor)"
      }
      ancestor = ancestor.parentPath
    }
    return nil
  }

  /// Makes the place (0700, the account's) where it does not exist.
  package func prepare(owner: Account) throws(RecoveryError) {
    if FileText.facts(path) != nil { return }
    try Self.make(path, owner: owner)
  }

  /// A new directory, 0700, owned by the account; an existing one is an error.
  package static func make(_ path: String, owner: Account) throws(RecoveryError) {
    guard mkdir(path, 0o700) == 0 else { throw failure("make", path) }
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard geteuid() != 0 || fchown(descriptor, owner.user, owner.group) == 0 else {
      throw failure("hand over", path)
    }
    guard fchmod(descriptor, 0o700) == 0 else { throw failure("protect", path) }
  }

  private static func failure(_ verb: String, _ path: String) -> RecoveryError {
    RecoveryError(.refused, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }

  /// Directories here that carry a mark of ours.
  package var marked: [(directory: String, mark: DrillMark)] {
    FileText.names(in: path).filter { $0.hasPrefix(DrillMark.directoryPrefix) }.sorted()
      .compactMap { name in
        let directory = path + "/" + name
        return DrillMark.read(in: directory).map { (directory, $0) }
      }
  }
}

/// The paths of one throw-away copy.
package struct DrillDirectory: Sendable, Equatable {
  package var path: String
  package var socketDirectory: String

  package var data: String { path + "/data" }
  package var tablespaces: String { path + "/tablespaces" }
  var guardPipe: String { path + "/owner" }

  /// The socket lies in the directory, or in /tmp where its path would exceed PostgreSQL's 107 bytes
  /// (of which `/.s.PGSQL.5432` takes 14).
  package init(place: String, id: String) {
    path = (place + "/" + DrillMark.directoryPrefix + id).withoutEmptyParts
    let inside = path + "/run"
    socketDirectory = inside.utf8.count <= 93 ? inside : "/tmp/" + DrillMark.directoryPrefix + id
  }

  /// A recovery's, where somebody wants it.
  package init(recovery path: String, id: String) {
    self.path = path
    let inside = path + "/run"
    socketDirectory = inside.utf8.count <= 93 ? inside : "/tmp/" + DrillMark.directoryPrefix + id
  }

  /// A directory found again by its mark.
  init(found path: String, mark: DrillMark) {
    self.path = path
    // What the mark says is believed only where it says what we would have chosen.
    socketDirectory = DrillDirectory(place: path.parentPath, id: mark.id).socketDirectory
  }
}

extension String {
  /// The path without double slashes and one at the end; `/` at the top.
  fileprivate var withoutEmptyParts: String {
    (hasPrefix("/") ? "/" : "") + split(separator: "/").joined(separator: "/")
  }

  /// The path without its last part; `/` at the top.
  package var parentPath: String {
    guard let slash = lastIndex(of: "/"), slash != startIndex else { return "/" }
    return String(self[..<slash])
  }
}
