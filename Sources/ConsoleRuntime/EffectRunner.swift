import ConsoleUI
import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization

/// Carries effects out on the service, on tasks of its own; answers come back through the mailbox.
final class EffectRunner: Sendable {
  private let fleet: FleetService
  private let mailbox: Mailbox
  private let audit: AuditLog?
  /// Plans being executed, by cluster.
  private let running = Mutex<[String: Int]>([:])
  /// By cluster.
  private let scrubs = Mutex<[String: Task<Void, Never>]>([:])
  private let settings: AsyncStream<Effect>.Continuation

  init(fleet: FleetService, mailbox: Mailbox, audit: AuditLog? = nil) {
    self.fleet = fleet
    self.audit = audit
    self.mailbox = mailbox
    let (stream, continuation) = AsyncStream.makeStream(of: Effect.self)
    settings = continuation
    // One task for all settings: tasks of their own could overtake each other.
    Task.detached {
      for await effect in stream {
        switch effect {
        case .setInterval(let seconds): await fleet.setInterval(seconds)
        case .setPaused(let paused): await fleet.setPaused(paused)
        case .attend(let cluster): await fleet.attend(cluster)
        default: break
        }
      }
    }
  }

  deinit { settings.finish() }

  /// Starts watching: pictures arrive as messages until the returned task is cancelled.
  func watch(interval: Double) -> Task<Void, Never> {
    let (fleet, mailbox) = (fleet, mailbox)
    let pictures = fleet.snapshots()
    return Task.detached {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await fleet.run(interval: interval) }
        group.addTask {
          for await snapshot in pictures { mailbox.post(.snapshotArrived(snapshot)) }
        }
        await group.waitForAll()
      }
    }
  }

  /// Clears away what dead drills left, in the background; tells of it when there was something.
  func reap() {
    let (fleet, mailbox) = (fleet, mailbox)
    Task.detached {
      let drills = await fleet.reap()
      if !drills.isEmpty { mailbox.post(.drillsReaped(drills)) }
    }
  }

  /// Returns at once.
  func perform(_ effect: Effect) {
    let (fleet, mailbox) = (fleet, mailbox)
    switch effect {
    case .refresh: Task.detached { await fleet.refresh(force: true) }
    case .setInterval, .setPaused, .attend: settings.yield(effect)
    case .plan(let request, let cluster):
      Task.detached { mailbox.post(await Self.plan(request, cluster: cluster, fleet: fleet)) }
    case .run(let plan): run(plan)
    case .cancelOperation(let cluster): Task.detached { await fleet.cancel(cluster: cluster) }
    case .readAudit(let cluster): readAudit(of: cluster)
    case .findActs(let order, let cluster): findActs(order, of: cluster)
    case .scrub(let limits, let cluster): scrub(limits, of: cluster)
    case .cancelScrub(let cluster): scrubs.withLock { $0[cluster] }?.cancel()
    case .planRecovery(let question, let cluster):
      Task.detached {
        mailbox.post(await Self.recovery(question, cluster: cluster, fleet: fleet))
      }
    case .save(let text, let path):
      Task.detached { mailbox.post(Self.save(text, to: path)) }
    case .copy, .selectTheme, .redraw, .suspend, .quit: break
    }
  }

  /// A log that cannot be read stays unread on the screen.
  private func readAudit(of cluster: String) {
    guard let audit else { return }
    Task.detached { [fleet, mailbox] in
      guard let entries = try? await audit.entries(),
        let known = await fleet.snapshot().clusters.first(where: { $0.id == cluster })
      else { return }
      let acts = entries.reversed().lazy.filter {
        AuditEntry.isOf(known.declaration, cluster: $0.cluster, place: $0.place)
      }.map { IncidentAct($0) }.told(20)
      mailbox.post(.auditRead(cluster: cluster, acts))
    }
  }

  private func findActs(_ order: ActSearchOrder, of cluster: String) {
    Task.detached { [fleet, mailbox] in
      do {
        let search = try await fleet.findActs(cluster, order) { progress in
          mailbox.post(.actSearchAdvanced(cluster: cluster, progress))
        }
        mailbox.post(.actsFound(cluster: cluster, search))
      } catch let error as RecoveryError {
        mailbox.post(.actSearchFailed(cluster: cluster, error))
      } catch {
        mailbox.post(.actSearchFailed(cluster: cluster, RecoveryError(.failed, "\(error)")))
      }
    }
  }

  private func scrub(_ limits: ScrubLimits, of cluster: String) {
    let task = Task.detached { [fleet, mailbox] in
      do {
        let outcome = try await fleet.scrub(cluster, limits: limits) { progress in
          mailbox.post(.scrubAdvanced(cluster: cluster, progress))
        }
        mailbox.post(.scrubEnded(cluster: cluster, outcome))
      } catch {
        mailbox.post(
          .scrubFailed(
            cluster: cluster, error as? RecoveryError ?? RecoveryError(.failed, "\(error)")))
      }
    }
    scrubs.withLock { $0[cluster] = task }
  }

  /// Clusters with an operation of ours under way.
  func busyClusters() -> [String] { running.withLock { $0.keys.sorted() } }

  private func run(_ plan: OperationPlan) {
    running.withLock { $0[plan.cluster, default: 0] += 1 }
    Task.detached { [self] in
      let outcome = await fleet.execute(plan)
      running.withLock { clusters in
        let left = (clusters[plan.cluster] ?? 1) - 1
        clusters[plan.cluster] = left > 0 ? left : nil
      }
      mailbox.post(.operationEnded(outcome))
    }
  }

  private static func recovery(
    _ question: RecoveryQuestion, cluster: String, fleet: FleetService
  ) async -> Message {
    do {
      return .recoveryPlanned(
        try await fleet.recovery(question, cluster: cluster), cluster: cluster)
    } catch {
      return .recoveryPlanFailed(
        cluster: cluster, error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }

  private static func save(_ text: String, to path: String) -> Message {
    do {
      try NewFile.write(text, to: path)
      return .saved(path: path)
    } catch { return .saveFailed(error) }
  }

  private static func plan(
    _ request: OperationRequest, cluster: String, fleet: FleetService
  ) async -> Message {
    do {
      return .planArrived(try await fleet.plan(request, cluster: cluster))
    } catch let error as RecoveryError {
      return .planFailed(cluster: cluster, error)
    } catch {
      return .planFailed(cluster: cluster, RecoveryError(.failed, "\(error)"))
    }
  }
}
