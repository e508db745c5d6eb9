/// What would shorten a recovery, judged by what it is made of now.
struct RTOAdvice {
  var declaration: ClusterDeclaration
  var report: EngineReport
  var projection: RTOProjection
  var secondsPerSegment: Double

  /// A saving below this is not worth a line; seconds.
  private static let worthwhile = 5.0

  var lines: [String] {
    [asynchronousFetch, sharedBuffers, restoreWorkers, nightly, backupNow, emptySegments]
      .compactMap { $0 }
  }

  private var configuration: ServerConfiguration? { report.configuration.value }

  private var asynchronousFetch: String? {
    let saving = Double(projection.load.segments) * secondsPerSegment * 0.8
    guard let configuration, configuration.asynchronousWALFetch == false,
      saving >= Self.worthwhile
    else { return nil }
    return
      "Set \(configuration.asynchronousWALFetchSetting) for restores: WAL is then fetched ahead of the replay, about "
      + "\(Format.duration(saving)) less."
  }

  private var sharedBuffers: String? {
    let setting =
      declaration.drill.sharedBuffers.flatMap(ByteSize.setting) ?? configuration?.sharedBuffers
    guard let setting, setting * 4 < projection.restoreBytes, projection.replay >= Self.worthwhile
    else { return nil }
    return "Give the restored instance more shared_buffers than \(Format.bytes(setting)): replay "
      + "waits for pages of a \(Format.bytes(projection.restoreBytes)) database."
  }

  private var restoreWorkers: String? {
    guard configuration?.restoreWorkers == 1, projection.restore >= 4 * Self.worthwhile else {
      return nil
    }
    return "Raise process-max above 1 for restores: one worker copies "
      + "\(Format.bytes(projection.restoreBytes))."
  }

  private var nightly: String? {
    let day = 86_400.0
    guard declaration.targets.backupInterval >= 2 * day,
      let next = projection.beforeNextBackup, next > projection.total.expected
    else { return nil }
    let days = declaration.targets.backupInterval / day
    let replay = max(0, next - projection.restore - projection.start - projection.fixed)
    let saving = replay * (1 - 1 / days)
    guard saving >= Self.worthwhile else { return nil }
    return "Take a base backup every night instead of every \(Expectation.text(days)) days: about "
      + "\(Format.duration(saving)) less replay at worst."
  }

  private var backupNow: String? {
    guard projection.total.expected > declaration.targets.rto,
      projection.replay > declaration.targets.rto / 2
    else { return nil }
    return "Take a base backup now: it would cut about \(Format.duration(projection.replay)) of "
      + "replay."
  }

  private var emptySegments: String? {
    guard let status = report.archive.value, status.archiveTimeout > 0, status.segmentSize > 0,
      projection.load.segments >= 100, projection.load.walBytes > 0,
      Double(projection.load.storedBytes) / Double(projection.load.walBytes) < 0.02
    else { return nil }
    return "archive_timeout = \(status.archiveTimeout) s closes segments nearly empty, and each "
      + "costs its fetch on replay (\(projection.load.segments) since the backup): smaller "
      + "segments do not help, a longer archive_timeout does, at the price of a larger RPO."
  }
}
