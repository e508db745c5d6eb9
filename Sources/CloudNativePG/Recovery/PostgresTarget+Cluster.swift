import Kubernetes
import RecoveryModel

extension PostgresTarget {
  /// Of a Cluster's `bootstrap.recovery.recoveryTarget`; empty = the end of what is archived.
  var clusterFields: [String: ObjectTree] {
    var fields: [String: ObjectTree] = [:]
    switch kind {
    case .latest: break
    case .immediate: fields["targetImmediate"] = true
    case .time:
      // As RFC 3339, which the operator turns into PostgreSQL's form.
      fields["targetTime"] = .string("\(value.prefix(10))T\(value.dropFirst(11).dropLast(3))Z")
    case .lsn: fields["targetLSN"] = .string(value)
    case .xid: fields["targetXID"] = .string(value)
    case .name: fields["targetName"] = .string(value)
    }
    if isExclusive { fields["exclusive"] = true }
    return fields
  }
}
