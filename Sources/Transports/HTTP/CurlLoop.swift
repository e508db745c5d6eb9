import CCurl
import Glibc
import RecoveryModel
import Synchronization

/// One thread that drives one `curl_multi`: a connection pool, HTTP/2 where offered, streaming, cancellation.
///
/// Unchecked: `transfers` belongs to the loop's thread; everything that others touch is behind the mutex, and
/// `curl_multi_wakeup` is the one call on the multi handle that libcurl allows from anywhere.
package final class CurlLoop: @unchecked Sendable {
  package typealias Continuation = AsyncThrowingStream<HTTPEvent, any Error>.Continuation

  private enum Command: Sendable {
    case add(UInt, HTTPRequest, Continuation)
    case cancel(UInt)
    case stop
  }
  private struct Mailbox: Sendable {
    var nextID: UInt = 1
    var commands: [Command] = []
  }
  private let mailbox = Mutex(Mailbox())
  private let multi: UnsafeMutableRawPointer?
  private var transfers: [UInt: CurlTransfer] = [:]
  private var turns = ConnectionTurns()

  /// A watch occupies a connection over HTTP/1.1, seven of them per namespace where only namespaces may be listed;
  /// whoever sends many requests at once bounds them.
  private static let connectionsPerHost = 1024

  init() {
    _ = Self.initialized
    multi = curl_multi_init()
    if let multi {
      _ = curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
      _ = curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.connectionsPerHost)
    }
    startDetachedThread { [self] in run() }
  }

  /// libcurl's global state, once per process.
  private static let initialized: Bool = {
    curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
  }()

  package func send(_ request: HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error> {
    AsyncThrowingStream { continuation in
      let id = mailbox.withLock { box in
        defer { box.nextID += 1 }
        box.commands.append(.add(box.nextID, request, continuation))
        return box.nextID
      }
      continuation.onTermination = { [weak self] reason in
        if case .cancelled = reason { self?.post(.cancel(id)) }
      }
      wake()
    }
  }

  /// Ends the thread and every transfer.
  package func stop() { post(.stop) }

  private func post(_ command: Command) {
    mailbox.withLock { $0.commands.append(command) }
    wake()
  }

  private func wake() { if let multi { curl_multi_wakeup(multi) } }

  // MARK: On the loop's thread

  private func run() {
    guard let multi else { return }
    while handleCommands() {
      begin()
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      collectFinished()
      for id in turns.opening where transfers[id]?.hasConnection ?? true { turns.done(id) }
      curl_multi_poll(multi, nil, 0, !turns.isWaiting ? 60_000 : turns.isOpen ? 0 : 50, nil)
    }
    for transfer in transfers.values {
      transfer.leave(multi)
      transfer.finish(throwing: RecoveryError(.cancelled, "connections closed"))
    }
    transfers = [:]
    curl_multi_cleanup(multi)
  }

  /// Gives those their turn who may begin.
  private func begin() {
    guard turns.isWaiting else { return }
    let now = ContinuousClock.now
    while let id = turns.next(at: now) {
      // Whoever was cancelled meanwhile is passed over.
      guard let transfer = transfers[id] else {
        turns.done(id)
        continue
      }
      transfer.begin(on: multi)
    }
  }

  /// False when the loop is to end.
  private func handleCommands() -> Bool {
    let commands = mailbox.withLock { box in
      defer { box.commands = [] }
      return box.commands
    }
    for command in commands {
      switch command {
      case .add(let id, let request, let continuation): add(id, request, continuation)
      case .cancel(let id):
        transfers.removeValue(forKey: id)?.leave(multi)
      case .stop: return false
      }
    }
    return true
  }

  private func add(_ id: UInt, _ request: HTTPRequest, _ continuation: Continuation) {
    guard let transfer = CurlTransfer(id: id, request: request, continuation: continuation) else {
      continuation.finish(throwing: RecoveryError(.failed, "libcurl has no memory for a request"))
      return
    }
    transfers[id] = transfer
    turns.wait(id, since: .now)
  }

  private func collectFinished() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else {
        continue
      }
      let code = message.pointee.data.result
      var tag: UnsafeMutableRawPointer?
      _ = curl_get_pointer(handle, CURLINFO_PRIVATE, &tag)
      guard let transfer = transfers.removeValue(forKey: UInt(bitPattern: tag)) else { continue }
      turns.isShared = transfer.isMultiplexed ?? turns.isShared
      transfer.leave(multi)
      transfer.end(code)
    }
  }
}

extension HTTPClient {
  /// A pool of its own: make one per server and keep it.
  package static func live() -> HTTPClient {
    let pool = Pool()
    return HTTPClient { pool.loop.send($0) }
  }

  /// Stops the loop's thread with the last copy of the client.
  private final class Pool: Sendable {
    package let loop = CurlLoop()
    deinit { loop.stop() }
  }
}
