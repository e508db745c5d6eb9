/// One thing that was done to a sandbox, so that it can be undone by another process.
enum StageChange: Codable, Sendable, Equatable {
  case moved(from: String, to: String)
  case added(String)
  /// Permission bits as they were.
  case mode(String, UInt32)
  case setting(instance: String, name: String)
  case halted(instance: String)
}

/// What is planted now: the journal of a game day, written before anything is touched.
struct GameDayJournal: Codable, Sendable, Equatable {
  var mishap: String
  var changes: [StageChange] = []
}
