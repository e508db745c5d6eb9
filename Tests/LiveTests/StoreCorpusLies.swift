import Foundation

/// Older backups, history files, and what Barman's own programs are asked for.
extension StoreCorpus.Lie {
  private typealias Lie = StoreCorpus.Lie

  static let ofTheHistory: [StoreCorpus.Lie] = [
    Lie(id: "older data gone", isHealthy: true) { corpus in
      try corpus.delete(corpus.base + corpus.backups[0] + "/data.tar.gz")
    },
    Lie(id: "an older one's own WAL gone", isHealthy: true) { corpus in
      try corpus.delete(corpus.segment("end_wal", of: corpus.backups[0]))
    },
    Lie(id: "the newest has no backup.info", isHealthy: true) { try $0.delete($0.info($0.newest)) },
    Lie(id: "one has begun", isHealthy: true) { corpus in
      let text = try corpus.text(corpus.info(corpus.newest))
        .replacingOccurrences(of: "status=DONE", with: "status=STARTED")
        .replacingOccurrences(of: "end_time=", with: "former_time=")
      try corpus.put(corpus.base + "20300101T000000/backup.info", Data(text.utf8))
    },
    Lie(id: "a history file of garbage") { corpus in
      try corpus.put(corpus.prefix + "wals/00000002.history", Data("garbage\n".utf8))
    },
  ]

  /// These stay.
  static let ofTheTools: [StoreCorpus.Lie] = [
    Lie(id: "WAL by bzip2", isHealthy: true) { corpus in
      try corpus.archive("-j")
      for _ in 0..<2 { try corpus.mark() }
    },
    Lie(id: "WAL as it is", isHealthy: true) { corpus in
      try corpus.archive("")
      for _ in 0..<2 { try corpus.mark() }
    },
    Lie(id: "data by bzip2", isHealthy: true) { corpus in
      try corpus.backUp(["-j"])
      try corpus.mark()
    },
    Lie(id: "data as it is", isHealthy: true) { corpus in
      try corpus.backUp([])
      try corpus.mark()
    },
    Lie(id: "two jobs and a name", isHealthy: true) { corpus in
      try corpus.backUp(["-z", "-J", "2", "-n", "before-the-release"])
      try corpus.mark()
    },
    Lie(id: "the newest kept for ever", isHealthy: true) { try $0.keep($0.newest, "full") },
    Lie(id: "the oldest kept by itself", isHealthy: true) {
      try $0.keep($0.backups[0], "standalone")
    },
    Lie(id: "a tablespace", isHealthy: true) { corpus in
      try corpus.makeTablespace()
      try corpus.backUp()
      try corpus.mark()
    },
  ]
}
