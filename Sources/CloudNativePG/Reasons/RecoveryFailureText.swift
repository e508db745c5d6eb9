import DrillParts

/// Why a copy did not come up, in words, and whose fault it is.
enum RecoveryFailureText {
  /// The backup or the archive; else something that stood in the way and proves nothing.
  private struct Row {
    var said: [String]
    var speaksAgainstBackup: Bool
    var words: String
  }

  private static let table: [Row] = [
    Row(
      said: ["No space left on device"], speaksAgainstBackup: false,
      words: "the copy's volume is full: raise storage_factor"),
    Row(
      said: ["Expected empty archive"], speaksAgainstBackup: false,
      words: "the copy wanted to archive where WAL lies already: it must have no archiver"),
    Row(
      said: [
        "Could not connect to the endpoint", "EndpointConnectionError", "no such host",
        "connection refused", "i/o timeout", "Network is unreachable", "exit status 2",
        "Connect timeout on endpoint", "Name or service not known",
      ], speaksAgainstBackup: false,
      words: "the object store cannot be reached from the drill namespace (NetworkPolicy?)"),
    Row(
      said: [RecoveryLog.endedEarly], speaksAgainstBackup: true,
      words: "WAL is missing from the archive: replay ended before its target"),
    Row(
      said: ["WAL ends before end of online backup"], speaksAgainstBackup: true,
      words: "the WAL that ends the base backup is missing from the archive"),
    Row(
      said: ["checking the presence of first needed WAL", "WAL not found"],
      speaksAgainstBackup: true,
      words: "the first WAL that the base backup needs is missing from the archive"),
    Row(
      said: ["no backup found with ID", "no target backup found"], speaksAgainstBackup: true,
      words: "the object store does not hold this base backup"),
    Row(
      said: ["is not a child of this server's history"], speaksAgainstBackup: true,
      words: "the archive's timelines do not descend from this base backup"),
    Row(
      said: ["could not locate required checkpoint record", "could not locate a valid checkpoint"],
      speaksAgainstBackup: true,
      words: "the base backup lacks the checkpoint that recovery starts from"),
    Row(
      said: ["before consistent recovery point"], speaksAgainstBackup: true,
      words: "the target lies before the point at which the base backup is consistent"),
    Row(
      said: ["archive file", "has wrong size"], speaksAgainstBackup: true,
      words: "a WAL file in the archive has the wrong size"),
    Row(
      said: ["Can't restore backup", "barman-cloud-restore"], speaksAgainstBackup: true,
      words: "the base backup could not be fetched"),
  ]

  /// The most telling of these errors.
  static func end(of errors: [String], fallback: String) -> DrillEnd {
    // The instance manager asks for a server that is gone: a consequence, which says nothing of its cause.
    let causes = errors.filter { !$0.contains("/.s.PGSQL.") }
    let errors = causes.isEmpty ? errors : causes
    if let refusal = errors.lazy.compactMap({ StoreRefusal.words(in: $0) }).first {
      return .credentialsRefused("the object store refuses the credentials: \(refusal)")
    }
    for row in table {
      guard let error = errors.last(where: { error in row.said.contains { error.contains($0) } })
      else { continue }
      let text = "\(row.words): \(error)"
      return row.speaksAgainstBackup ? .failed(text) : .couldNotRun(text)
    }
    return .failed(errors.last.map { "\(fallback): \($0)" } ?? fallback)
  }
}
