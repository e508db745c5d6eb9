import RecoveryModel

extension FleetService {
  /// Removes what dead drills left and records them: on these clusters, or (nil) on every one, once all have been
  /// looked for. A cluster with an operation under way, here or in another process, is left alone; a place that
  /// several clusters share is cleared once, and its engine tells the dead from the living.
  package func reap(only names: [String]? = nil) async -> [ReapedDrill] {
    await reaping(only: names).drills
  }

  /// The same, with the places that could not be looked at.
  package func reaping(only names: [String]? = nil) async -> Reaping {
    if names == nil { await findClusters() }
    var reaping = Reaping()
    var scopes: Set<String> = []
    for name in names ?? order {
      guard let state = clusters[name] else { continue }
      if let scope = state.watched.engine.reapScope {
        guard scopes.insert(scope).inserted else { continue }
      } else if state.operation != nil {
        continue
      }
      do {
        let drills = try await reap(state.watched)
        for name in Set(drills.compactMap { $0.record?.cluster }).union([name])
        where drills.contains(where: { $0.record != nil }) { askSourcesAgain(of: name) }
        reaping.drills += drills
      } catch {
        reaping.failures.append(
          Reaping.Failure(
            cluster: name,
            error: error as? RecoveryError ?? RecoveryError(.failed, "\(error)")))
      }
    }
    return reaping
  }

  private func reap(_ watched: WatchedCluster) async throws -> [ReapedDrill] {
    let runner = OperationRunner(watched: watched, environment: environment, audit: audit)
    guard watched.engine.reapScope != nil else { return try await runner.reap() }
    return try await runner.recordReaped()
  }

  /// Drills under way in every place that drills leave things in.
  package func livingDrills() async -> LivingDrills {
    var living = LivingDrills()
    var scopes: Set<String> = []
    for name in order {
      guard let engine = clusters[name]?.watched.engine,
        scopes.insert(engine.reapScope ?? "of \(name)").inserted
      else { continue }
      do {
        living.drills += try await engine.living()
      } catch {
        living.unknown.append("\(name): \(error)")
      }
    }
    return living
  }
}
