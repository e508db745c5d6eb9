import FoundationEssentials
import LocalFiles
import RecoveryModel
import Transports

/// What `pgbackrest stop` leaves: while it lies there nothing is archived or backed up, and `info` says ok.
struct StopFile: Sendable, Equatable {
  var path: String
  var since: Date?
  /// It is for every stanza of this host.
  var isForAll: Bool

  /// The one that holds this stanza up; the stanza's own before that for all. nil = none is seen from here.
  static func find(lockPath: String, stanza: String) -> StopFile? {
    for (name, isForAll) in [(stanza, false), ("all", true)] {
      let path = "\(lockPath)/\(name).stop"
      guard let seconds = LocalFile.modified(path) else { continue }
      return StopFile(
        path: path, since: Date(timeIntervalSince1970: seconds), isForAll: isForAll)
    }
    return nil
  }

  /// `pgBackRest was stopped at … (…/main.stop)`.
  var words: String {
    let time = since.map { " at \(Format.timestamp($0))" } ?? ""
    return "pgBackRest was stopped\(time)\(isForAll ? " for all stanzas" : "") (\(path))"
  }

  /// `arguments`: those that every call of the tool begins with.
  func command(_ executable: String, _ arguments: [String], stanza: String) -> String {
    ([executable] + arguments + (isForAll ? [] : ["--stanza=\(stanza)"]) + ["start"])
      .joined(separator: " ")
  }
}
