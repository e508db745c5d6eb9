import Synchronization

/// The thread that plays garbage collector, namespace controller and the end of pods.
final class Collector: Sendable {
  private let isStopped = Mutex(false)
  private let wake: WakeUp

  init(_ server: APIServer) {
    wake = server.store.collectorWake
    let pace = server.settings.pace
    let kinds = server.kinds
    let store = server.store
    Thread.start { [weak self] in
      while true {
        guard let wake = self?.nextWake() else { return }
        wake.wait(seconds: 5)
        guard self != nil else { return }
        // Work that waits for time is looked at again and again.
        while store.transaction({ $0.hasCollectorWork }), self?.nextWake() != nil {
          Thread.sleep(seconds: pace.roundSeconds)
          store.transaction { $0.collect(kinds, pace, now: timestampNow()) }
        }
      }
    }
  }

  private func nextWake() -> WakeUp? { isStopped.withLock { $0 } ? nil : wake }

  func stop() {
    isStopped.withLock { $0 = true }
    wake.signal()
  }
}
