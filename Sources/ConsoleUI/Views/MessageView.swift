import FoundationEssentials
import RecoveryModel
import TextScreen

/// The line above the keys: what runs, else what just happened.
enum MessageView {
  static func draw(_ state: AppState, in rect: Rect, frame: inout Frame) {
    if let notice = state.notices.last {
      frame.write(Line(" \(notice.text)", notice.role), in: rect, glyphs: state.glyphs)
    } else if let (cluster, operation) = shownOperation(state) {
      draw(operation, of: cluster, state, in: rect, frame: &frame)
    }
  }

  /// The selected cluster's, else any that runs.
  private static func shownOperation(
    _ state: AppState
  ) -> (cluster: String, operation: RunningOperation)? {
    if let cluster = state.cluster, let operation = cluster.operation {
      return (cluster.id, operation)
    }
    return state.anyOperation
  }

  private static func draw(
    _ operation: RunningOperation, of cluster: String, _ state: AppState, in rect: Rect,
    frame: inout Frame
  ) {
    let progress = state.progress(of: operation, in: cluster)
    // The key acts on the selected cluster.
    let mayCancel =
      !operation.cancelling && state.readOnly == nil && cluster == state.selectedCluster
    let right = Line(
      [],
      right: [
        Span(progress.times, .dim), Span(mayCancel ? "  x" : "", .key),
        Span(mayCancel ? " cancels " : " ", .dim),
      ])
    let name = operation.cancelling ? "cancelling" : operation.plan.request.words
    let isObvious = state.screen.belongsToCluster && cluster == state.selectedCluster
    let whose = isObvious || state.clusterCount == 1 ? "" : "\(cluster): "
    let left = " \(state.glyphs.arrowRight) \(whose)\(name): \(progress.step)"
    let leftWidth = GlyphWidth.columns(of: CellText.clean(left)) + 1
    // The bar is the first to go: the share stands beside it in figures.
    let taken = leftWidth + progress.amount.count + right.text.count + 2
    let gaugeWidth = operation.fraction == nil ? 0 : min(24, rect.width - taken)
    let hasGauge = gaugeWidth >= 6
    frame.write(
      Line(
        [
          Span(left + " ", operation.cancelling ? .warning : .notice),
          Span(String(repeating: " ", count: hasGauge ? gaugeWidth + 1 : 0)),
          Span(progress.amount),
        ], right: right.right), in: rect, glyphs: state.glyphs)
    guard hasGauge else { return }
    let place = Rect(x: rect.x + leftWidth, y: rect.y, width: gaugeWidth, height: 1)
    Gauge.draw(
      Gauge.Reading(value: operation.fraction, scale: 1), in: place, frame: &frame,
      glyphs: state.glyphs)
  }
}

/// How far an operation is, in words.
struct Progress {
  var step: String
  /// `64 % of 2 GiB`; empty where nothing is counted.
  var amount: String
  /// `12s, ~8s left`.
  var times: String

  /// `recoveries` are those in sight of the operation's cluster.
  init(_ operation: RunningOperation, _ recoveries: [RecoveryForecast] = [], now: Date) {
    step = operation.words
    var parts: [String] = []
    if let fraction = operation.fraction { parts.append(Format.percent(fraction)) }
    if let total = operation.bytesTotal {
      let done = operation.fraction == nil ? operation.bytesDone.map(Format.bytes) : nil
      parts.append("\(done.map { "\($0) " } ?? "")of \(Format.bytes(total))")
    } else if let done = operation.bytesDone {
      parts.append(Format.bytes(done))
    }
    amount = parts.joined(separator: " ")
    let elapsed = max(0, now.timeIntervalSince(operation.startedAt))
    times = Format.age(elapsed)
    if let left = Self.left(of: recoveries, operation, now) ?? Self.left(operation, elapsed) {
      times += left > 0 ? ", ~\(Format.age(left)) left" : ", longer than expected"
    }
  }

  /// Seconds that are probably left: by the plan where it knows, else by the share that is done (of
  /// a backup only: a drill's share is one phase's). nil = nothing to go by; below 0 = overdue.
  private static func left(_ operation: RunningOperation, _ elapsed: Double) -> Double? {
    if let expected = operation.plan.expected {
      return elapsed > expected.high
        ? -1 : max(1, expected.expected - elapsed, elapsed * RecoveryForecast.overdue)
    }
    guard operation.plan.request.kind == .backup, let fraction = operation.fraction,
      fraction > 0.05, fraction <= 1
    else { return nil }
    return max(1, elapsed * (1 - fraction) / fraction)
  }

  /// Of a recovery that is followed, as every other face tells it; nil = it is not in sight yet.
  private static func left(
    of recoveries: [RecoveryForecast], _ operation: RunningOperation, _ now: Date
  ) -> Double? {
    guard operation.plan.request.kind == .recover, recoveries.count == 1,
      let forecast = recoveries.first, let left = forecast.remaining?.expected,
      (forecast.recovery.begunAt ?? forecast.recovery.since ?? now) >= operation.startedAt
    else { return nil }
    return max(1, left - max(0, now.timeIntervalSince(forecast.recovery.observedAt)))
  }
}

extension AppState {
  func progress(of operation: RunningOperation, in cluster: String) -> Progress {
    let recoveries =
      operation.plan.request.kind == .recover
      ? self.cluster(named: cluster)?.recoveries : nil
    return Progress(operation, recoveries ?? [], now: now)
  }
}
