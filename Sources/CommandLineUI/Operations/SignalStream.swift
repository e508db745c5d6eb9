import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The pipe that the handler writes to; -1 while nobody listens.
private let wakePipe = Atomic<Int32>(-1)

/// SIGINT, SIGTERM and SIGHUP as values. Handlers, not an ignore mask: a handler is reset in every program that we
/// start, an ignored signal would stay ignored there.
enum SignalStream {
  static let watched = [SIGINT, SIGTERM, SIGHUP]

  private struct Watch {
    var listeners: [Int: @Sendable (Int32) -> Void] = [:]
    var nextListener = 0
    var former: [(number: Int32, handler: __sighandler_t?)] = []
    var source: (any DispatchSourceRead)?
  }

  private static let watch = Mutex(Watch())

  /// Signals from now on; the former handlers come back when the last reader stops. Every reader gets every signal.
  ///
  /// `onArrival` is called at once, on a thread that nothing holds up: the reader may wait for one.
  static func live(onArrival: @escaping @Sendable () -> Void = {}) -> AsyncStream<Int32> {
    AsyncStream { continuation in
      let listener = watch.withLock { watch in
        if watch.source == nil { install(&watch) }
        watch.nextListener += 1
        watch.listeners[watch.nextListener] = { number in
          onArrival()
          continuation.yield(number)
        }
        return watch.nextListener
      }
      continuation.onTermination = { _ in
        watch.withLock { watch in
          watch.listeners[listener] = nil
          if watch.listeners.isEmpty { remove(&watch) }
        }
      }
    }
  }

  private static func install(_ watch: inout Watch) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    let (reading, writing) = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakePipe.store(writing, ordering: .sequentiallyConsistent)
    watch.former = watched.map { ($0, signal($0, note)) }
    let source = DispatchSource.makeReadSource(fileDescriptor: reading)
    source.setEventHandler {
      var number: UInt8 = 0
      while read(reading, &number, 1) == 1 { deliver(Int32(number)) }
    }
    source.setCancelHandler {
      close(reading)
      close(writing)
    }
    source.resume()
    watch.source = source
  }

  private static func remove(_ watch: inout Watch) {
    guard let source = watch.source else { return }
    for entry in watch.former { signal(entry.number, entry.handler) }
    wakePipe.store(-1, ordering: .sequentiallyConsistent)
    watch.former = []
    watch.source = nil
    source.cancel()
  }

  private static func deliver(_ number: Int32) {
    let listeners = watch.withLock { $0.listeners.values }
    for listener in listeners { listener(number) }
  }
}

/// Only calls that are safe in a handler.
private func note(_ number: Int32) {
  let saved = errno
  let descriptor = wakePipe.load(ordering: .sequentiallyConsistent)
  var byte = UInt8(truncatingIfNeeded: number)
  if descriptor >= 0 { _ = write(descriptor, &byte, 1) }
  errno = saved
}
