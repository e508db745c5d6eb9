import FoundationEssentials
import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// The end of a recovery that stayed, asked for by somebody who typed its place.
package struct KeptRemoval: Sendable {
  private let drills: HostDrills
  private let copy: KeptCopies.Copy
  private let kept: KeptRecovery

  /// Throws `RecoveryError` (refused) where there is none of that id.
  init(_ id: String, of drills: HostDrills) throws(RecoveryError) {
    self.drills = drills
    let copies = drills.copies
    guard let copy = copies.all.first(where: { $0.note.id == id && $0.mark != nil }),
      let kept = copies.kept(host: drills.environment.host).first(where: { $0.id == id })
    else {
      let known = copies.kept(host: drills.environment.host).map(\.id)
      throw RecoveryError(
        .refused,
        "no recovery \(Sanitizer.clean(id, limit: 40)) of \(drills.declaration.name) stays here",
        remedy: known.isEmpty ? "" : "there are: \(known.joined(separator: ", "))")
    }
    self.copy = copy
    self.kept = kept
  }

  /// What is removed by the plan; another one of that name would be another.
  private struct Order: Sendable, Equatable {
    var id: String
    var directory: String
    var since: Date
  }

  package func plan() async -> OperationPlan {
    OperationPlan(
      id: drills.environment.newID(), cluster: drills.declaration.name,
      request: .remove(recovery: kept.id),
      title: "Remove the recovery in \(kept.place)",
      steps: [
        "Stop its server, at once", "Remove \(kept.place) and everything in it",
        "List what is left",
      ],
      notes: [
        "It is a \(kept.sentence), asked for by \(kept.by).",
        "What was written in it since then is in no backup and is gone.",
        "Production and its archive are not touched.",
      ],
      requirements: [await apart, await silent],
      order: EngineOrder(Order(id: kept.id, directory: kept.place, since: kept.since)),
      typedConfirmation: kept.place)
  }

  package func run(_ plan: OperationPlan, _ feed: OperationFeed) async throws {
    let order = Order(id: kept.id, directory: kept.place, since: kept.since)
    guard plan.order?.as(Order.self) == order else {
      throw RecoveryError(
        .refused, "\(kept.place) is another recovery than the plan named", remedy: "ask again")
    }
    for requirement in [await apart, await silent] where requirement.satisfied == false {
      throw RecoveryError(.refused, requirement.refusal)
    }
    let now = drills.environment.now
    feed.emit(OperationEvent(at: now(), kind: .stepBegan("removing \(kept.place)")))
    let site = drills.site
    let destroyer = CopyDestroyer(
      owner: site.owner, account: site.account, processes: drills.processes)
    let directory = copy.directory
    // Half of it removed would be neither.
    let report = await Task { await destroyer.destroy(directory) }.value
    for line in report.removed {
      feed.emit(OperationEvent(at: now(), kind: .log("removed \(line)")))
    }
    guard report.remaining.isEmpty else {
      throw RecoveryError(.failed, "still there: \(report.remaining.joined(separator: ", "))")
    }
    drills.copies.forget(kept.id)
    feed.emit(OperationEvent(at: now(), kind: .removed(recovery: kept.id)))
  }

  // MARK: Whether it has become production

  private var apart: Requirement {
    get async {
      let what = "it is no part of production"
      let own = FileText.resolved(kept.place) ?? kept.place
      let taken = drills.site.forbidden.first { place in
        let path = FileText.resolved(place.path) ?? place.path
        return path.isInside(own) || own.isInside(path)
      }
      return taken.map { .notMet(what, "\($0.what) is \($0.path)") } ?? .met(what, own)
    }
  }

  /// One that archives was let out: it serves somebody.
  private var silent: Requirement {
    get async {
      let what = "its server does not archive"
      guard CopyServer.postmaster(of: copy.directory) != nil else {
        return .met(what, "it does not run")
      }
      guard let mode = await archiveMode else {
        return .unknown(what, "its server does not say")
      }
      return mode == "off"
        ? .met(what, "archive_mode = off")
        : .notMet(what, "archive_mode = \(mode): somebody has made a production server of it")
    }
  }

  private var archiveMode: String? {
    get async {
      for role in drills.site.likelyRoles {
        let client = drills.connect([
          "host": copy.directory.socketDirectory, "port": copy.port, "user": role,
          "dbname": "postgres", "application_name": "pgvigil",
        ])
        let rows = try? await client.query("SELECT current_setting('archive_mode') AS mode", 10)
        await client.close()
        if let mode = rows?.value("mode") { return mode }
      }
      return nil
    }
  }
}

extension KeptCopies.Copy {
  /// The fourth line of postmaster.pid; its socket is named after it.
  fileprivate var port: String {
    let lines = FileText.read(directory.data + "/postmaster.pid", following: false)?
      .split(separator: "\n", omittingEmptySubsequences: false)
    return lines.flatMap { $0.count > 3 ? String($0[3].trimmed) : nil } ?? CopyServer.port
  }
}
