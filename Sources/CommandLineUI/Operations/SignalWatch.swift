/// Runs work that a signal may interrupt.
enum SignalWatch {
  /// Runs `body` to its end, `alongside` until then, and `onSignal` at every signal meanwhile.
  static func watching<Value: Sendable>(
    _ signals: @Sendable () -> AsyncStream<Int32>,
    onSignal: @escaping @Sendable () async -> Void,
    alongside: @escaping @Sendable () async -> Void = {},
    body: @escaping @Sendable () async -> Value
  ) async -> Value {
    let arrivals = signals()
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in arrivals { await onSignal() } }
      group.addTask { await alongside() }
      defer { group.cancelAll() }
      return await body()
    }
  }

  /// Runs `body`; the first signal cancels it. Still waits for its end. Throws what `body` throws.
  static func cancelling<Value: Sendable>(
    _ signals: @Sendable () -> AsyncStream<Int32>,
    onSignal: @escaping @Sendable () -> Void,
    body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let arrivals = signals()
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        for await _ in arrivals {
          onSignal()
          return nil
        }
        return nil
      }
      defer { group.cancelAll() }
      // The first nil is the signal (or the end of the watch); the value ends it all.
      while let result = try await group.next() {
        if let value = result { return value }
        group.cancelAll()
      }
      throw CancellationError()
    }
  }
}
