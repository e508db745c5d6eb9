import Dispatch
import Glibc
import RecoveryModel
import Synchronization

/// Serves scrapes over HTTP/1.1 on a thread of its own: one loop over all connections, so that a slow scraper costs
/// itself and nobody else, and no task's thread ever waits.
final class ScrapeServer: Sendable {
  struct Limits {
    var connections = 64
    /// Seconds until a request has to be complete, and again until its answer has to be taken.
    var patience = 5.0
  }

  /// Where it listens; not 0, whatever was asked for.
  let port: UInt16
  private let listener: Int32
  private let wakeReading: Int32
  private let wakeWriting: Int32
  private let limits: Limits
  private let respond: @Sendable (String) -> ScrapeAnswer
  private let queue = DispatchQueue(label: "pgvigil.metrics")

  /// Listens from now on; `serve` answers. `respond` is given the path and must not block for long.
  init(
    address: ListenAddress, limits: Limits = Limits(),
    respond: @escaping @Sendable (String) -> ScrapeAnswer
  ) throws(RecoveryError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw RecoveryError(.failed, "cannot open a pipe: \(String(cString: strerror(errno)))")
    }
    ends.forEach(Self.prepare)
    do throws(RecoveryError) {
      listener = try address.open()
    } catch {
      close(ends[0])
      close(ends[1])
      throw error
    }
    port = ListenAddress.port(of: listener)
    (wakeReading, wakeWriting) = (ends[0], ends[1])
    self.limits = limits
    self.respond = respond
  }

  deinit {
    close(listener)
    close(wakeReading)
    close(wakeWriting)
  }

  /// Answers until the task is cancelled or `stop` is called.
  func serve() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { [self] in
          loop()
          continuation.resume()
        }
      }
    } onCancel: {
      stop()
    }
  }

  func stop() {
    var byte: UInt8 = 1
    _ = write(wakeWriting, &byte, 1)
  }

  private func loop() {
    var connections: [ScrapeConnection] = []
    defer { for connection in connections { close(connection.descriptor) } }
    while true {
      let now = Self.now()
      let accepting = connections.count < limits.connections
      var watched = [
        pollfd(fd: wakeReading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: accepting ? listener : -1, events: Int16(POLLIN), revents: 0),
      ]
      watched += connections.map { pollfd(fd: $0.descriptor, events: $0.interest, revents: 0) }
      let first = connections.map(\.deadline).min()
      let wait = first.map { Int32(max(0, ($0 - now) * 1000).rounded(.up)) } ?? -1
      guard poll(&watched, nfds_t(watched.count), wait) >= 0 || errno == EINTR else { return }
      if watched[0].revents != 0 { return }
      for index in connections.indices where watched[index + 2].revents != 0 {
        advance(&connections[index])
      }
      expire(&connections)
      if watched[1].revents != 0 { accept(into: &connections) }
      for connection in connections where connection.isDone { close(connection.descriptor) }
      connections.removeAll(where: \.isDone)
    }
  }

  private func advance(_ connection: inout ScrapeConnection) {
    if connection.isAnswering {
      connection.send()
    } else {
      connection.receive(respond, deadline: Self.now() + limits.patience)
    }
  }

  private func expire(_ connections: inout [ScrapeConnection]) {
    let now = Self.now()
    for index in connections.indices
    where !connections[index].isDone && connections[index].deadline <= now {
      connections[index].expire()
    }
  }

  private func accept(into connections: inout [ScrapeConnection]) {
    while connections.count < limits.connections {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { return }
      Self.prepare(descriptor)
      connections.append(
        ScrapeConnection(descriptor: descriptor, deadline: Self.now() + limits.patience))
    }
  }

  /// Never blocks, and stays with us.
  private static func prepare(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
