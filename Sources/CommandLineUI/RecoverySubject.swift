import FoundationEssentials
import RecoveryModel
import RecoveryService

/// What is to be recovered: a cluster that is watched, or a place in a bucket where it is all that is left.
struct RecoverySubject: Sendable {
  var cluster: ClusterSnapshot
  /// What commands call it.
  var name: String
  /// Newest first; nil = there is no audit log for it.
  var acts: [IncidentAct]?
  /// That watches it; nil = nobody does.
  var fleet: FleetAccess?
  /// What going back to a moment of it takes.
  var recover: @Sendable (RecoveryQuestion) async throws -> RecoveryPlan

  /// Asks every source once. `subject` is a cluster's name or `s3://bucket/prefix`.
  static func load(
    _ subject: String, fleet: FleetRequest, store: StoreArguments, in context: CommandContext
  ) async throws -> RecoverySubject {
    subject.hasPrefix("s3://")
      ? try await stored(subject, store, context) : try await watched(subject, fleet, context)
  }

  private static func watched(
    _ subject: String, _ request: FleetRequest, _ context: CommandContext
  ) async throws -> RecoverySubject {
    let fleet = try await context.openFleet(request, nil)
    let name: String
    do throws(RecoveryError) {
      name = try await fleet.cluster(subject).name
    } catch {
      guard error.code == .unreachable else { throw error }
      var error = error
      error.remedy += "; where only its bucket is left: s3://BUCKET/PREFIX in place of its name"
      throw error
    }
    let picture = await fleet.refresh([name])
    context.output.notices(of: picture)
    guard let cluster = picture.clusters.first(where: { $0.declaration.name == name }) else {
      throw RecoveryError(.unreachable, "\(Sanitizer.clean(name)) is not watched any more")
    }
    // An incident is no time to fail for want of a log.
    let lines = try? await fleet.audit()
    let acts = lines.map { lines in
      lines.reversed().lazy.filter {
        AuditEntry.isOf(cluster.declaration, cluster: $0.cluster, place: $0.place)
      }.map { IncidentAct($0) }.told(20)
    }
    return RecoverySubject(
      cluster: cluster, name: name, acts: acts, fleet: fleet,
      recover: { try await fleet.recover($0, name) })
  }

  /// As it is now: looking through the WAL takes longer than a picture stays fresh.
  mutating func refresh() async {
    let picture = await fleet?.refresh([name])
    cluster = picture?.clusters.first { $0.declaration.name == name } ?? cluster
  }

  private static func stored(
    _ address: String, _ options: StoreArguments, _ context: CommandContext
  ) async throws -> RecoverySubject {
    let survey = try await context.composition.surveyStore(options.question(address))
    guard let server = survey.servers.first, survey.servers.count == 1 else {
      let paths = survey.servers.map { Sanitizer.clean($0.path, limit: 200) }
      throw RecoveryError(
        .invalid,
        paths.isEmpty
          ? "no server of barman-cloud lies at \(Sanitizer.clean(address, limit: 200))"
          : "\(paths.count) servers lie at \(Sanitizer.clean(address, limit: 200))",
        remedy: paths.isEmpty
          ? "name the prefix that holds base/ and wals/"
          : "name one: \(paths.joined(separator: ", "))")
    }
    let snapshot = server.snapshot(now: context.now())
    var place = options.question(address)
    place.address = server.path
    let (now, composition) = (context.now(), context.composition)
    return RecoverySubject(
      cluster: snapshot, name: server.path, acts: nil,
      recover: { [place] question in
        let order = try RecoveryChart(snapshot, now: now).order(question)
        return try composition.recoverStored(place, order)
      })
  }
}

extension IncidentAct {
  init(_ line: AuditLine) {
    self.init(
      at: line.at, user: line.user, host: line.host, operation: line.operation, kind: line.kind,
      event: line.event, outcome: line.outcome, summary: line.summary)
  }
}
