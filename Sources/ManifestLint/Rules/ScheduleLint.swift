import FoundationEssentials
import RecoveryModel

/// When base backups are taken, as CloudNativePG reads it.
enum ScheduleLint {
  static let fiveFields = LintRule(
    id: "schedule.five-fields", severity: .error,
    title: "a schedule of five fields: CloudNativePG's first is the second"
  ) { context in
    context.schedules.compactMap { object in
      guard let text = object.root["spec", "schedule"]?.text,
        let schedule = try? CronSchedule(text), schedule.isFiveFields
      else { return nil }
      let effect = schedule.spacing(from: context.options.now).map {
        "it runs every \(Format.duration($0.shortest))"
      }
      return object.mark(
        object.root.line(of: "spec", "schedule"),
        "`\(Sanitizer.clean(text, limit: 80))` has five fields and is not Unix cron: "
          + (effect ?? "it never runs"),
        remedy: "put the second before it: `0 \(Sanitizer.clean(text, limit: 80))`")
    }
  }

  static let invalid = LintRule(
    id: "schedule.invalid", severity: .error,
    title: "a schedule that CloudNativePG cannot read, or that never comes"
  ) { context in
    context.schedules.compactMap { object in
      let line = object.root.line(of: "spec", "schedule")
      let example = "as `0 0 3 * * *`: every night at three (UTC where the operator runs in UTC)"
      guard let text = object.root["spec", "schedule"]?.text else {
        return object.mark(line, "\(object.title) has no schedule", remedy: example)
      }
      if let variable = ManifestVariable.name(in: text) {
        return object.mark(
          line,
          "the schedule cannot be judged: it contains the variable "
            + Sanitizer.clean(variable, limit: 80),
          remedy: "give it a default, as ${SCHEDULE:=0 0 3 * * *}, or lint what is rendered",
          severity: .info)
      }
      do throws(CronError) {
        let schedule = try CronSchedule(text)
        guard schedule.next(after: context.options.now) == nil else { return nil }
        return object.mark(
          line, "`\(Sanitizer.clean(text, limit: 80))` never comes: no backup is ever taken",
          remedy: example)
      } catch {
        return object.mark(
          line, "CloudNativePG refuses the schedule: \(Sanitizer.clean(error.message, limit: 160))",
          remedy: example)
      }
    }
  }

  static let unknownCluster = LintRule(
    id: "schedule.unknown-cluster", severity: .error,
    title: "a ScheduledBackup or Backup for a cluster in no file given (`--assume-cluster`)"
  ) { context in
    (context.schedules + context.backups).compactMap { object in
      let line = object.root.line(of: "spec", "cluster", "name")
      guard let name = object.root["spec", "cluster", "name"]?.text else {
        return object.mark(
          line, "\(object.title) names no cluster", remedy: "set spec.cluster.name")
      }
      guard !context.knowsCluster(name, namespace: object.namespace) else { return nil }
      let unclear = ([name] + context.clusters.map(\.name)).lazy.compactMap {
        ManifestVariable.name(in: $0)
      }.first
      if let unclear {
        return object.mark(
          line,
          "whether the cluster \(Sanitizer.clean(name, limit: 80)) is declared cannot be judged: it "
            + "depends on \(Sanitizer.clean(unclear, limit: 80))",
          remedy: "lint what is rendered, or give --assume-cluster", severity: .info)
      }
      let known = context.clusters.map(\.name) + context.assumed.map(\.name)
      let hint = Suggestion.nearest(to: name, among: known).map {
        $0 == name
          ? "it is in another namespace: backups and clusters share one; "
          : "did you mean \(Sanitizer.clean($0, limit: 80))? "
      }
      return object.mark(
        line,
        "no file given declares the cluster \(Sanitizer.clean(name, limit: 80)); the backup "
          + "would wait for it for ever",
        remedy: (hint ?? "") + "give the cluster's file too, or --assume-cluster")
    }
  }

  static let suspended = LintRule(
    id: "schedule.suspended", severity: .warning, title: "a ScheduledBackup that is suspended"
  ) { context in
    context.schedules.filter { $0.root["spec", "suspend"]?.isTrue == true }.map { object in
      object.mark(
        object.root.line(of: "spec", "suspend"), "\(object.title) takes no backup: it is suspended",
        remedy: "remove spec.suspend; the first backup then starts at once")
    }
  }

  static let rare = LintRule(
    id: "schedule.rare", severity: .warning,
    title: "base backups too rare for the RTO target (`--rto`, `--wal-per-day`)"
  ) { context in
    context.schedules.compactMap { object in
      guard let text = object.root["spec", "schedule"]?.text,
        let schedule = try? CronSchedule(text),
        let longest = schedule.spacing(from: context.options.now)?.longest, longest > day
      else { return nil }
      let options = context.options
      let worst = seconds(after: longest, options)
      let tooSlow = worst > options.rto
      return object.mark(
        object.root.line(of: "spec", "schedule"),
        "a base backup every \(Format.age(longest)) means replaying up to that much WAL: about "
          + "\(Format.duration(worst)) to recover against a target of "
          + "\(Format.duration(options.rto)) (\(assumptions(options)))",
        remedy: "take one every night, `0 0 3 * * *`: about "
          + "\(Format.duration(seconds(after: day, options))) then",
        severity: tooSlow ? .warning : .info)
    }
  }

  private static let day = 86_400.0

  /// The projection's own assumptions: nothing has been measured where only files are read.
  private static func seconds(after interval: Double, _ options: LintOptions) -> Double {
    let bytes = Double(options.walPerDay) * interval / day
    let segments = Int(min(bytes / Double(segmentBytes), 1e9))
    let wal = Int64(min(bytes, 9e18))
    let load = ReplayLoad(segments: segments, walBytes: wal, storedBytes: wal)
    return RTOProjection.assumed(restoreBytes: options.dataBytes ?? 0, load: load).expected
  }

  private static let segmentBytes = 16 << 20

  private static func assumptions(_ options: LintOptions) -> String {
    let restore =
      options.dataBytes.map { ", \(Format.bytes($0)) of data" }
      ?? ", the restore itself not counted"
    return "assumed: \(Format.bytes(options.walPerDay)) of WAL a day, 40 MiB/s and 70 ms a "
      + "segment to replay\(restore)"
  }
}
