import FoundationEssentials

/// A recovery beside production that somebody asked for: it stays until somebody asks for its removal.
package struct KeptRecovery: Sendable, Equatable, Codable, Identifiable {
  package var id: String
  /// The directory, or namespace and name of the Cluster: what is typed to have it removed.
  package var place: String
  /// As it was asked for.
  package var moment: String
  /// When it was made: on hosts its end, under an operator when its Cluster was made.
  package var since: Date
  /// Who asked for it.
  package var by: String
  /// How one gets into it; empty = nobody can say.
  package var connect: String
  /// It never came to its end: whoever carried it out was killed.
  package var isUnfinished: Bool
  /// nil = nobody could tell.
  package var isRunning: Bool?
  /// How it stands where that is seen, as `under way`; nil = nothing is to be said of it.
  package var state: String?
  /// The one that the cluster was made for, where its own declaration tells; nil = it does not.
  package var database: String?
  /// What starts its server again; nil = it runs, or nobody can say.
  package var start: String?

  package init(
    id: String, place: String, moment: String, since: Date, by: String, connect: String,
    isUnfinished: Bool = false, isRunning: Bool? = nil
  ) {
    self.id = id
    self.place = place
    self.moment = moment
    self.since = since
    self.by = by
    self.connect = connect
    self.isUnfinished = isUnfinished
    self.isRunning = isRunning
  }

  /// `recovery to latest, made 2026-11-29T14:03:00Z and kept in /var/lib/x`.
  package var sentence: String {
    let told =
      state ?? (isUnfinished ? "under way or left unfinished" : nil)
      ?? (isRunning == false ? "its server is stopped" : nil)
    return "recovery to \(moment), made \(Format.timestamp(since)) and kept in \(place)"
      + (told.map { ", \($0)" } ?? "")
  }

  /// `into it: psql …`, with what has to come first; empty = nobody can say.
  package var way: String {
    let first = start.map { "start it with: \($0)" }
    return [first, connect.isEmpty ? nil : "into it: \(connect)"].compactMap { $0 }
      .joined(separator: "; ")
  }

  package func removal(of cluster: ClusterDeclaration) -> String {
    "pgvigil remove \(cluster.typed) \(id)"
  }

  /// The plan of giving back from it what is lost; of a table that nobody has named the name is to be filled in.
  package func givingBack(_ lost: [LostTable], to cluster: ClusterDeclaration) -> String? {
    planning(
      lost.isEmpty
        ? ["--database", database ?? "NAME", "--table", "SCHEMA.TABLE"] : lost.arguments,
      of: cluster)
  }

  /// The plan that goes on from it.
  func planning(_ more: [String] = [], of cluster: ClusterDeclaration) -> String? {
    ShellWord.command(
      ["pgvigil", "plan", "recovery", cluster.name, "--at", moment, "--to", place] + more
        + cluster.arguments)
  }
}
