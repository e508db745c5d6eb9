import RecoveryModel
import TextScreen

/// What stands where a cluster's panels were when it was deleted under one's eyes.
enum DepartureView {
  static func fill(_ name: String, _ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = name
    let departure = state.fleet?.departures.last { $0.name == name }
    let when = departure.map { " at \(Moment.full($0.at)) UTC" } ?? ""
    builder.paragraph("\(name) was deleted\(when).", .warning)
    builder.add(.blank)
    builder.paragraph(
      "Its Cluster object is gone from the API server, and its row from the board. That says nothing of "
        + "its backups and WAL in the object store: they stay until somebody, or a rule there, deletes "
        + "them.")
    builder.add(.blank)
    let others = state.clusterCount
    let way = others == 1 ? "the other cluster" : others == 0 ? "the first screen" : "the clusters"
    builder.paragraph("\(state.glyphs.arrowRight) Esc or Enter leads back to \(way).", .notice)
  }
}
