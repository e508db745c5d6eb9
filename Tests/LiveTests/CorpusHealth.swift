import Foundation
import TestSupport
import Testing

/// What an administrator does on a healthy cluster, by pgBackRest's options and commands and by SQL. What an option is set
/// to stays so for the rows after it.
extension Corpus.Health {
  private typealias Health = Corpus.Health

  static let ofTheTool: [Corpus.Health] = [
    Health(id: "no compression") { sandbox in
      try sandbox.configure(["compress-type": "none"])
      try sandbox.backUp("full")
    },
    Health(id: "gz") { sandbox in
      try sandbox.configure(["compress-type": "gz", "compress-level": "1"])
      try sandbox.backUp("incremental")
    },
    Health(id: "bz2") { sandbox in
      try sandbox.configure(["compress-type": "bz2", "compress-level": nil])
      try sandbox.backUp("differential")
    },
    Health(id: "zst") { sandbox in
      try sandbox.configure(["compress-type": "zst"])
      try sandbox.backUp("full")
    },
    Health(id: "lz4 again, WAL alone") { try $0.configure(["compress-type": "lz4"]) },
    Health(id: "no bundles, hard links") { sandbox in
      try sandbox.configure(["repo1-bundle": "n", "repo1-hardlink": "y"])
      try sandbox.backUp("full")
      try sandbox.backUp("incremental")
    },
    Health(id: "two processes") { sandbox in
      try sandbox.configure(["process-max": "2", "repo1-bundle": "y", "repo1-hardlink": nil])
      try sandbox.backUp("full")
    },
    Health(id: "pushed asynchronously") { sandbox in
      try sandbox.configure(["archive-async": "y", "archive-push-queue-max": "1GiB"])
      try sandbox.archiveSomething()
    },
    Health(id: "backed up while pushed so") { try $0.backUp("incremental") },
    Health(id: "pushed one by one again") { sandbox in
      try sandbox.configure(["archive-async": "n", "archive-push-queue-max": nil])
      try sandbox.archiveSomething()
    },
    Health(id: "from a standby") { sandbox in
      try sandbox.configure(["backup-standby": "y"])
      try sandbox.backUp("full")
      try sandbox.configure(["backup-standby": nil])
    },
    Health(id: "annotated") { sandbox in
      try sandbox.backrest("--type=incr", "--annotation=why=before the release", "backup")
    },
    Health(id: "a chain of four") { sandbox in
      for kind in ["full", "differential", "incremental", "incremental"] {
        try sandbox.backUp(kind)
      }
    },
    Health(id: "expired by hand") { try $0.backrest("expire") },
    Health(id: "kept longer") { sandbox in
      try sandbox.configure(["repo1-retention-full": "9"])
      try sandbox.backUp("full")
    },
    Health(id: "stopped and started") { sandbox in
      try sandbox.backrest("stop")
      try sandbox.backrest("start")
    },
  ]

  static let ofTheServer: [Corpus.Health] = [
    Health(id: "VACUUM FULL") { sandbox in
      try sandbox.sql("CREATE TABLE IF NOT EXISTS big AS SELECT generate_series(1, 200000) n")
      try sandbox.sql("DELETE FROM big WHERE n % 2 = 0")
      try sandbox.sql("VACUUM FULL")
    },
    Health(id: "forty switches") { sandbox in
      for _ in 0..<40 {
        try sandbox.sql("CREATE TABLE IF NOT EXISTS many (n int); INSERT INTO many VALUES (1)")
        try sandbox.sql("SELECT pg_switch_wal()")
      }
    },
    Health(id: "a transaction that stays open") { sandbox in
      let (host, port) = try sandbox.address(of: "primary")
      let statement = "BEGIN; CREATE TABLE never (n int); SELECT pg_sleep(60); ROLLBACK"
      try sandbox.asOwner([
        "sh", "-c",
        "psql -X -h \(host) -p \(port) -U postgres -d keycloak -c '\(statement)' "
          + "</dev/null >/dev/null 2>&1 &",
      ])
    },
    Health(id: "an unlogged table") { sandbox in
      try sandbox.sql("CREATE UNLOGGED TABLE fleeting AS SELECT generate_series(1, 50000) n")
      try sandbox.backUp("incremental")
    },
    Health(id: "another database") { try $0.sql("CREATE DATABASE other") },
    Health(id: "a restore point") { try $0.sql("SELECT pg_create_restore_point('before')") },
    Health(id: "indexes made anew") { try $0.sql("REINDEX DATABASE keycloak") },
    Health(id: "compressed WAL") { sandbox in
      try sandbox.sql("ALTER SYSTEM SET wal_compression = on")
      try sandbox.sql("SELECT pg_reload_conf()")
    },
    Health(id: "segments closed every half minute") { sandbox in
      try sandbox.sql("ALTER SYSTEM SET archive_timeout = '30s'")
      try sandbox.sql("SELECT pg_reload_conf()")
    },
    Health(id: "crashed, and up again") { try $0.restart("primary", mode: "immediate") },
    Health(id: "a standby restarted") { try $0.restart("standby-1", mode: "fast") },
    Health(id: "a second repository") { sandbox in
      try sandbox.configure([
        "repo2-path": sandbox.directory + "/repository2", "repo2-retention-full": "2",
      ])
      try sandbox.asOwner(["mkdir", "-m", "750", "-p", sandbox.directory + "/repository2"])
      try sandbox.backrest("stanza-create")
      try sandbox.backrest("--repo=2", "--type=full", "backup")
    },
  ]
}

extension LiveSandbox {
  /// Options of pgBackRest's own configuration; nil takes one out.
  fileprivate func configure(_ options: [String: String?]) throws {
    let path = directory + "/pgbackrest.conf"
    var lines = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (key, value) in options.sorted(by: { $0.key < $1.key }) {
      lines.removeAll { $0.hasPrefix(key + "=") }
      guard let value, let global = lines.firstIndex(of: "[global]") else { continue }
      lines.insert("\(key)=\(value)", at: global + 1)
    }
    // In place: it is the owner's.
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
  }

  fileprivate func backrest(_ arguments: String...) throws {
    let result = try asOwner(
      ["pgbackrest", "--config=\(directory)/pgbackrest.conf", "--stanza=auth-db"] + arguments)
    guard result.status == 0 else {
      throw Failure(description: "pgbackrest \(arguments): \(result.output) \(result.error)")
    }
  }

  fileprivate func backUp(_ kind: String) throws {
    let result = try run("backup", "auth-db", "--kind", kind)
    guard result.status == 0 else { throw Failure(description: "\(kind): \(result.error)") }
  }

  fileprivate func restart(_ server: String, mode: String) throws {
    let bin = try #require(Binary.postgresBin)
    try asOwner(
      [bin + "/pg_ctl", "-D", "\(directory)/\(server)", "-m", mode, "-w", "-s", "restart"]
        + ["-l", "\(directory)/log/\(server).log"])
  }
}
