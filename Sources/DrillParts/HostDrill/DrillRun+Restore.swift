import Glibc
import RecoveryModel
import Transports

extension DrillRun {
  func restore() async throws {
    guard let directory else { return }
    enter(.restoring)
    let meter = Task { await self.measure(directory) }
    defer { meter.cancel() }
    try await drills.archive.restore(order, into: directory) { self.emit(.log($0)) }
    meter.cancel()
    await meter.value
    if let bytes = await size(directory) ?? order.restoredBytes {
      journal.moved(bytes)
      journal.learn { $0.restoredBytes = bytes }
    }
  }

  /// Says how much is there, twice a second or less often: measuring takes at most a twentieth of the time.
  private func measure(_ directory: DrillDirectory) async {
    let clock = ContinuousClock()
    var pause = 0.5
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(pause))
      let start = clock.now
      guard !Task.isCancelled, let bytes = await size(directory), !Task.isCancelled else {
        continue
      }
      pause = max(0.5, (clock.now - start).secondsTaken * 20)
      let total = order.restoredBytes
      let fraction = total.map { min(1, Double(bytes) / Double(max($0, 1))) }
      emit(.progress(fraction: fraction, bytesDone: bytes, bytesTotal: total))
    }
  }

  /// Bytes in the copy; nil when that cannot be told.
  private func size(_ directory: DrillDirectory) async -> Int64? {
    let paths = [directory.data, directory.tablespaces].filter { FileText.facts($0) != nil }
    guard !paths.isEmpty else { return nil }
    let request = ProcessRequest(
      "du", ["-sbc", "--"] + paths, account: site.account, deadline: 300)
    // Files come and go under it: its status says nothing, its last line does.
    guard let result = try? await drills.processes.run(request) else { return nil }
    return result.output.split(separator: "\n").last?.split(separator: "\t").first
      .flatMap { Int64($0) }
  }
}
