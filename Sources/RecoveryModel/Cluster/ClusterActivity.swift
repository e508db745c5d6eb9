import FoundationEssentials

/// Something that is done to a cluster on purpose, or a state it was put in: what must not be read as an outage.
package struct ClusterActivity: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable, CaseIterable {
    case rollingRestart, switchover, failover, fencing, hibernation, replicaCluster
    case upgrade, scaling, setup, recovery

    package var words: String {
      switch self {
      case .rollingRestart: "rolling restart"
      case .switchover: "switchover"
      case .failover: "failover"
      case .fencing: "fencing"
      case .hibernation: "hibernation"
      case .replicaCluster: "replica cluster"
      case .upgrade: "major upgrade"
      case .scaling: "new replica"
      case .setup: "first set-up"
      case .recovery: "recovery"
      }
    }
  }

  package var kind: Kind
  /// One sentence: what is happening and to which servers.
  package var sentence: String
  /// The servers concerned.
  package var instances: [String]
  package var since: Date?

  package init(kind: Kind, sentence: String, instances: [String] = [], since: Date? = nil) {
    self.kind = kind
    self.sentence = sentence
    self.instances = instances
    self.since = since
  }
}
