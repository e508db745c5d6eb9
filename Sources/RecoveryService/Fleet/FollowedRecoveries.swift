import FoundationEssentials
import RecoveryModel

/// How long the recoveries of one cluster were said to take, for as long as they are watched.
struct FollowedRecoveries: Sendable {
  private struct Course: Sendable {
    var begunAt: Date
    var last: RecoveryUnderWay
    /// Of its stage, when it was last seen.
    var fraction: Double?
    var said: [Said] = []
  }

  /// How long it was to take as a whole, after so many seconds.
  private struct Said: Sendable {
    var elapsed: Double
    var whole: Double
  }

  private var courses: [String: Course] = [:]
  /// When those began that have been told of: an operator's Cluster is being made for as long as its replicas are.
  private var told: [String: Date] = [:]

  /// Seconds for which a restored directory may wait for its server.
  private static let rest = 600.0
  /// One that was last seen before this share was stopped, or taken away.
  private static let through = 0.9
  /// Words of one recovery that are kept.
  private static let kept = 200

  /// Takes in what was found and returns those that have come to their end.
  mutating func note(
    _ forecasts: [RecoveryForecast], all seen: [RecoveryUnderWay], at now: Date
  ) -> [FollowedRecovery] {
    for forecast in forecasts { note(forecast) }
    var ended: [FollowedRecovery] = []
    for (place, course) in courses where !forecasts.contains(where: { $0.recovery.place == place })
    {
      let hasFailed = seen.contains { $0.place == place }
      if !hasFailed, !course.last.mayEnd {
        // It may go on, or somebody took it away.
        if now.timeIntervalSince(course.last.observedAt) > Self.rest { courses[place] = nil }
        continue
      }
      courses[place] = nil
      told[place] = course.begunAt
      let took = now.timeIntervalSince(course.begunAt)
      let half = course.said.min { abs($0.elapsed - took / 2) < abs($1.elapsed - took / 2) }
      ended.append(
        FollowedRecovery(
          place: place, begunAt: course.begunAt, endedAt: now, said: course.said.first?.whole,
          saidAtHalf: half?.whole, hasFailed: hasFailed, origin: course.last.origin,
          leftAt: course.fraction.flatMap { $0 < Self.through ? $0 : nil }))
    }
    return ended
  }

  private mutating func note(_ forecast: RecoveryForecast) {
    let recovery = forecast.recovery
    let at = recovery.observedAt
    let known = courses[recovery.place]
    let begunAt = recovery.begunAt ?? recovery.since ?? at
    guard known.map({ at > $0.last.observedAt }) ?? (told[recovery.place] != begunAt) else {
      return
    }
    var course = known ?? Course(begunAt: begunAt, last: recovery)
    course.last = recovery
    course.fraction = forecast.fraction
    if let left = forecast.remaining?.expected {
      // Every other one tells as much.
      if course.said.count >= Self.kept {
        course.said = course.said.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      }
      let elapsed = max(0, at.timeIntervalSince(course.begunAt))
      course.said.append(Said(elapsed: elapsed, whole: elapsed + left))
    }
    courses[recovery.place] = course
  }
}

/// A recovery that was watched to its end.
struct FollowedRecovery: Sendable, Equatable {
  var place: String
  var begunAt: Date
  var endedAt: Date
  /// Seconds that it was to take as a whole, by what was said first and at half of the time that it took; nil = nothing was.
  var said: Double?
  var saidAtHalf: Double?
  var hasFailed: Bool
  /// The watched cluster that it comes from, where that tells of it too.
  var origin: ClusterPlace?
  /// How far it was when it was last seen, where it was not through: nobody can tell whether it came to its end.
  var leftAt: Double?

  /// `said 14m at first, 13m at half time; took 13m`.
  var words: String {
    let took = Format.duration(endedAt.timeIntervalSince(begunAt))
    let said = [
      said.map { "\(Format.duration($0)) at first" },
      saidAtHalf.map { "\(Format.duration($0)) at half time" },
    ].compactMap { $0 }.joined(separator: ", ")
    return "recovery into \(Sanitizer.clean(place, limit: 120)): "
      + (said.isEmpty ? "nothing could be said of its time" : "said \(said)") + "; "
      + (hasFailed
        ? "failed after \(took)"
        : leftAt.map { "was last seen at \(Format.percent($0)), over after \(took)" }
          ?? "took \(took)")
  }
}
