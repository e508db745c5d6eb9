/// A panel of the dashboard, in the order of its number key.
package enum PanelID: String, Sendable, Hashable, CaseIterable {
  case instances, archive, backups, window, verification, projection
}

/// What fills the terminal between header and footer.
package enum Screen: Sendable, Hashable {
  /// All clusters, the worst first.
  case board
  /// One cluster: verdict and six panels.
  case dashboard
  case detail(PanelID)
  /// One row of a panel's table: an instance, a backup label, a drill id.
  case item(PanelID, String)
  /// Every finding of the selected cluster with its evidence.
  case findings
  /// All that one wants to see of the selected cluster when it is lost.
  case incident
  /// What was destroyed in a stretch of the selected cluster's WAL.
  case acts
  /// Exactly what a recovery of the selected cluster takes.
  case recovery
  case operations
  /// One operation that ended, by its id.
  case ended(String)
  /// What is to be known of the fleet as a whole, with remedies.
  case notices
  /// In place of a cluster's screens when it was deleted, by its name.
  case departed(String)
  case help
  case wallboard

  /// Its name in a header and in messages.
  var title: String {
    switch self {
    case .board: "clusters"
    case .dashboard: "dashboard"
    case .detail(let panel), .item(let panel, _): PanelTable.row(panel).title.lowercased()
    case .findings: "findings"
    case .incident: "incident"
    case .acts: "what was destroyed"
    case .recovery: "recovery plan"
    case .operations: "operations"
    case .ended: "operation"
    case .notices: "notices"
    case .departed: "deleted cluster"
    case .help: "help"
    case .wallboard: "wallboard"
    }
  }

  /// Whether it has rows to choose from, and so to filter.
  var hasItems: Bool {
    switch self {
    case .board, .findings, .acts, .operations, .notices, .help, .detail(.instances),
      .detail(.backups),
      .detail(.verification):
      true
    case .dashboard, .item, .incident, .recovery, .ended, .departed, .wallboard, .detail: false
    }
  }

  /// Whether it is about the selected cluster alone.
  var belongsToCluster: Bool {
    switch self {
    case .dashboard, .detail, .item, .findings, .incident, .acts, .recovery: true
    case .board, .operations, .ended, .notices, .departed, .help, .wallboard: false
    }
  }
}
