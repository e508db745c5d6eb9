import RecoveryModel
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

  init(_ events: AsyncThrowingStream<ProcessEvent, any Error>) {
    let (news, continuation) = AsyncStream.makeStream(of: News.self)
    self.news = news
    task = Task {
      do {
        for try await event in events {
          switch event {
          case .started: break
          case .outputLine(let text), .errorLine(let text): continuation.yield(.line(text))
          case .exited(let status): continuation.yield(.ended(status: status))
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
