import RecoveryModel
import Synchronization
import Transports

/// A running copy: its lines as they come, and its end.
final class ServerWatch: Sendable {
  enum News: Sendable, Equatable {
    case line(String)
    case ended(status: Int32)
    case lost(String)
  }

  /// For one reader.
  let news: AsyncStream<News>
  private let task: Task<Void, Never>
  private let state: Shared

  /// What it has said so far, and how it ended.
  struct Fate: Sendable {
    var log = RecoveryLog()
    var status: Int32?
  }

  /// Apart from the watch itself, which its task must not hold.
  private final class Shared: Sendable {
    let fate = Mutex(Fate())
  }

  var fate: Fate { state.fate.withLock { $0 } }

  init(_ events: AsyncThrowingStream<ProcessEvent, any Error>) {
    let (news, continuation) = AsyncStream.makeStream(of: News.self)
    self.news = news
    let state = Shared()
    self.state = state
    task = Task {
      do {
        for try await event in events {
          switch event {
          case .started: break
          case .outputLine(let text), .errorLine(let text):
            state.fate.withLock { _ = $0.log.read(text) }
            continuation.yield(.line(text))
          case .exited(let status):
            state.fate.withLock { $0.status = status }
            continuation.yield(.ended(status: status))
          }
        }
      } catch {
        continuation.yield(.lost((error as? RecoveryError)?.message ?? "\(error)"))
      }
      continuation.finish()
    }
  }

  deinit { task.cancel() }

  /// Waits at most two seconds for a server that was stopped, then lets go of it.
  func end() async {
    let timer = Task {
      try? await Task.sleep(for: .seconds(2))
      task.cancel()
    }
    await task.value
    timer.cancel()
  }
}
