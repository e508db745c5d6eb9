import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

extension ClusterDrillRun {
  /// Creates the copy and follows its job, its pods and their logs until it is ready; the name of its pod.
  func restore() async throws -> String {
    let timeLeft = site.declaration.drill.timeout - elapsed
    let pursuit = CopyPursuit(
      client: site.client, subject: order.subject, limits: limits,
      patience: limits.hindrancesTold(within: timeLeft))
    let end = try await pursuit.end(begin: { try await createCluster() }, tell: take)
    record()
    switch end {
    case .ready(let pod)?: return pod
    case .failed(let words)?: throw failure(words)
    case .hindered(let words)?: throw DrillEnd.couldNotRun(words)
    case nil: throw RecoveryError(.cancelled, "cancelled while \(journal.state.words)")
    }
  }

  private func take(_ step: CopyPursuit.Step) -> DrillState? {
    switch step {
    case .heard(let text): tell(log.read(text, at: elapsed))
    case .told(let words): emit(.log(words))
    case .entered(let state): enter(state)
    }
    return log.moments.state
  }

  private func tell(_ effect: CopyLog.Effect) {
    switch effect {
    case .none: break
    case .worthTelling(let text): emit(.log(text))
    case .progress:
      guard let start = log.recovery.redoStart ?? order.beginLSN,
        let position = log.recovery.position(segmentSize: order.segmentSize)
      else { return }
      let total = order.target.bytes(since: start)
      let done = min(position.bytes(since: start), total)
      emit(
        .progress(
          fraction: total > 0 ? Double(done) / Double(total) : nil, bytesDone: done,
          bytesTotal: total))
    }
  }

  /// What the logs have told of how far replay came.
  private func record() {
    let recovery = log.recovery
    let reached = recovery.position(segmentSize: order.segmentSize)
    let walBytes = recovery.redoStart.flatMap { start in reached?.bytes(since: start) }
    if let walBytes { journal.moved(walBytes, in: .replaying) }
    journal.retime(log.moments.elapsed)
    journal.learn {
      $0.reachedLSN = reached
      $0.reachedTime = recovery.lastTransactionAt
      $0.moment?.stop = recovery.stop
      if let walBytes {
        // How well it compresses is not known here: taken as it is, as projections take it.
        $0.replay = ReplayLoad(
          segments: recovery.restored.count, walBytes: walBytes, storedBytes: walBytes)
      }
    }
  }

  /// What recovery asked for last lies behind all that was archived when the plan was made.
  private var isArchiveSpent: Bool {
    let size = order.segmentSize
    guard
      let missing = log.recovery.missingSegment(segmentSize: size)
        .flatMap({ WALSegment(name: $0, segmentSize: size) })
    else { return false }
    return missing.number > order.lastSegment.number
  }

  /// The logs' reason in words, where they gave one.
  private func failure(_ words: String) -> DrillEnd {
    let end = RecoveryFailureText.end(of: log.errors, fallback: words)
    guard case .failed(let text) = end,
      let cause = log.errors.last(where: {
        $0.contains(RecoveryLog.endedEarly)
      })
    else { return end }
    let recovery = log.recovery
    if let target = order.momentCheck, isArchiveSpent {
      return target.notReached(log: recovery, segmentSize: order.segmentSize)
    }
    guard let reached = recovery.position(segmentSize: order.segmentSize) else {
      return .failed(text)
    }
    let last = recovery.lastTransactionAt.map {
      "; the last transaction it has is of \(Format.timestamp($0))"
    }
    let obstacle = recovery.obstacle(segmentSize: order.segmentSize)
    return .failed(
      "\(obstacle): replay ended at \(reached), before its target \(order.goal)\(last ?? "") (\(cause))"
    )
  }
}
