import FoundationEssentials

/// A recovery target as PostgreSQL's settings have it. One at most may be set; none = the end of what is archived.
package struct PostgresTarget: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable {
    case latest, immediate, time, lsn, xid, name
  }

  package var kind: Kind
  /// Empty where the kind says it all.
  package var value: String
  /// `recovery_target_inclusive = off`.
  package var isExclusive: Bool

  package init(_ moment: RecoveryMoment) {
    isExclusive = moment.isExclusive
    switch moment.target {
    case .latest: (kind, value) = (.latest, "")
    case .time(let date): (kind, value) = (.time, Self.timestamp(date))
    case .position(let lsn): (kind, value) = (.lsn, "\(lsn)")
    // The log has the lower half of it alone, and so has the setting.
    case .transaction(let id): (kind, value) = (.xid, "\(id & 0xFFFF_FFFF)")
    case .restorePoint(let name): (kind, value) = (.name, name)
    case .backup: (kind, value) = (.immediate, "")
    }
  }

  /// `2026-11-29 14:03:12.5+00`: with its zone, so that it means the same whatever the server's is.
  package static func timestamp(_ date: Date) -> String {
    let text = RecoveryMoment.exact(date)
    return "\(text.prefix(10)) \(text.dropFirst(11).dropLast())+00"
  }

  /// Names and values of `postgresql.conf`; `timeline` nil = the newest that follows, as PostgreSQL has it from 12 on.
  package func settings(timeline: UInt32?) -> [(name: String, value: String)] {
    var settings: [(name: String, value: String)] = []
    switch kind {
    case .latest: break
    case .immediate: settings.append(("recovery_target", "immediate"))
    case .time, .lsn, .xid, .name: settings.append(("recovery_target_\(kind.rawValue)", value))
    }
    if isExclusive { settings.append(("recovery_target_inclusive", "off")) }
    if let timeline { settings.append(("recovery_target_timeline", "\(timeline)")) }
    if kind != .latest { settings.append(("recovery_target_action", "promote")) }
    return settings
  }
}
