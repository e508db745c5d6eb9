import Glibc
import RecoveryModel
import Synchronization
import Transports

/// Reads what a `kubectl port-forward` says, and knows its process for as long as that lives.
final class PortForwardWatch: Sendable {
  package enum News: Sendable {
    case opened(port: String)
    case ended(PortForwardEnd)
    case tooLate
  }

  private struct State {
    /// While it lives.
    var pid: pid_t?
    var isOpen = false
    var isToEnd = false
    /// The latest error line, and the latest that tells of a connection through the forward.
    var last: String?
    var breakage: String?
    var end: PortForwardEnd?
  }
  private let state = Mutex(State())
  private let place: PortForwardEnd.Place
  private let teller: AsyncStream<News>.Continuation

  init(place: PortForwardEnd.Place, tell: AsyncStream<News>.Continuation) {
    self.place = place
    teller = tell
  }

  /// Until the child is gone.
  func read(_ events: AsyncThrowingStream<ProcessEvent, any Error>) async {
    do {
      for try await event in events {
        switch event {
        case .started(let pid): started(pid)
        case .outputLine(let line):
          guard let port = Self.port(line) else { break }
          state.withLock { $0.isOpen = true }
          teller.yield(.opened(port: port))
        case .errorLine(let line): heard(Sanitizer.clean(line, limit: 500))
        case .exited(let status): ended(.exit(status))
        }
      }
    } catch {
      ended(.failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)")))
    }
    teller.finish()
  }

  /// `Forwarding from 127.0.0.1:41234 -> 5432`.
  static func port(_ line: String) -> String? {
    guard let port = line.between("Forwarding from 127.0.0.1:", and: " ->"),
      UInt16(port) != nil
    else { return nil }
    return port
  }

  /// Set once the child is gone.
  var end: PortForwardEnd? { state.withLock { $0.end } }

  /// What it said of a connection that broke, whether it lives on or not.
  var breakage: String? { state.withLock { $0.breakage } }

  // MARK: The child

  /// Tells the child to end, now or as soon as it has started; false where there is none to be told.
  func terminate() -> Bool {
    state.withLock { state in
      state.isToEnd = true
      if let pid = state.pid { Glibc.kill(-pid, SIGTERM) }
      return state.pid != nil || !state.isOpen
    }
  }

  func kill() { state.withLock { state in _ = state.pid.map { Glibc.kill(-$0, SIGKILL) } } }

  private func started(_ pid: pid_t) {
    state.withLock { state in
      state.pid = pid
      if state.isToEnd { Glibc.kill(-pid, SIGTERM) }
    }
  }

  private func heard(_ line: String) {
    state.withLock { state in
      state.last = line
      if line.contains(Self.broken) { state.breakage = line.after(Self.broken) }
    }
  }

  private static let broken = "an error occurred forwarding "

  private func ended(_ how: PortForwardEnd.How) {
    let end = state.withLock { state in
      let end = PortForwardEnd(
        how: how, words: state.last ?? "it said nothing", breakage: state.breakage, place: place)
      state.pid = nil
      state.end = end
      return end
    }
    teller.yield(.ended(end))
  }
}
