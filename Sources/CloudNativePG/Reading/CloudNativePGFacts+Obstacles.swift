import FoundationEssentials
import PostgresServers
import RecoveryModel

/// What a plan would refuse, told beforehand: no remedy may advise it.
extension CloudNativePGFacts {
  /// The same with what is in the way of operations: a report and several of its rules ask for it, and a drill's choice
  /// is dear.
  func withObstacles(now: Date) -> CloudNativePGFacts {
    var facts = self
    facts.knownObstacles = obstacles(now: now)
    return facts
  }

  /// The same with its catalog, for whoever asks for that several times.
  func withCatalog() -> CloudNativePGFacts {
    var facts = self
    facts.knownCatalog = CloudNativePGReport.catalog(self)
    return facts
  }

  package func obstacles(now: Date) -> [OperationKind: PlanObstacle] {
    if let knownObstacles { return knownObstacles }
    var found: [OperationKind: PlanObstacle] = [:]
    found[.backup] = backupObstacle(now)
    if let obstacle = operatorObstacle ?? storeObstacle { found[.drill] = obstacle }
    guard found[.drill] == nil, let refusal = drillRefusal else { return found }
    var drill = PlanObstacle(why: refusal.message, remedy: refusal.remedy)
    // A drill that wants a base backup first wants what is in the way of that before.
    if let backup = found[.backup], refusal.detail == .wantsBackup {
      drill.remedy = "\(backup.remedy) (\(backup.why)), \(drill.remedy)"
    }
    found[.drill] = drill
    return found
  }

  private func backupObstacle(_ now: Date) -> PlanObstacle? {
    guard let method = BackupMethod.choose(self) else {
      return PlanObstacle(
        why: "it has no way of taking base backups",
        remedy: "configure one: pgvigil manifest object-store|cluster-backup")
    }
    if let operatorObstacle { return operatorObstacle }
    if cluster.isHibernated {
      return PlanObstacle(
        why: "it is hibernated", remedy: "wake it: annotation cnpg.io/hibernation=off")
    }
    if method != .snapshot, let storeObstacle { return storeObstacle }
    guard ownBackups != nil, let stuck = queue.stuck(pods: podNames, now: now) else { return nil }
    return PlanObstacle(
      why: "\(stuck.backup.queueWords): \(stuck.why.sentence)",
      remedy: "clear it: pgvigil clear \(typed)")
  }

  /// Whoever is made or asked anew gets the Secret as it is.
  var storeObstacle: PlanObstacle? {
    storeSecretFault.map {
      PlanObstacle(
        why: "its credentials for the store are of no use: \(Sanitizer.clean($0, limit: 160))",
        remedy: "put the right Secret back")
    }
  }

  /// Nobody carries out what is asked for.
  var operatorObstacle: PlanObstacle? {
    operatorAbsence.map {
      PlanObstacle(
        why: $0.words.prefix(1).lowercased() + $0.words.dropFirst(),
        remedy: ($0.isStopped ? "start it: " : "see why: ") + $0.command)
    }
  }

  /// That somebody carries out what is asked for; nil where nobody may look.
  var operatorRuns: Requirement? {
    let what = "the operator runs"
    guard let found = operators.value, !found.isEmpty else { return nil }
    guard let absence = operatorAbsence else { return .met(what, "it is ready") }
    return .notMet(what, "\(absence.words) (\(absence.replicas)); \(absence.remedy)")
  }

  /// While nobody has asked the instances yet, nothing is said.
  private var drillRefusal: RecoveryError? {
    guard ownBackups != nil else { return nil }
    do throws(RecoveryError) {
      _ = try DrillChoice.make(nil, self, lastArchived: lastArchived ?? told)
      return nil
    } catch {
      let isOpen = primaryStatus == nil && lastArchived == nil && told == nil
      return isOpen && error.detail == .archiveUnknown ? nil : error
    }
  }

  /// By SQL, where the instance manager does not answer.
  private var told: WALSegment? {
    currentPrimary.flatMap { servers[$0]?.archive?.lastArchivedSegment }
  }

  var backupCommand: String { "pgvigil backup \(typed)" }

  /// `advice`, after what is in the way of a base backup.
  func afterBackupObstacle(_ advice: String, now: Date) -> String {
    after(knownObstacles.map { $0[.backup] } ?? backupObstacle(now), advice)
  }

  func afterDrillObstacle(_ advice: String, now: Date) -> String {
    after(obstacles(now: now)[.drill], advice)
  }

  private func after(_ obstacle: PlanObstacle?, _ advice: String) -> String {
    guard let obstacle else { return advice }
    return obstacle.advice + advice.prefix(1).lowercased() + advice.dropFirst()
  }
}
