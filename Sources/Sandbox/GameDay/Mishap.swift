import RecoveryModel

/// Something that goes wrong with backups, to be planted in a sandbox and mended again.
package struct Mishap: Sendable, Identifiable {
  /// What it takes to see it.
  package enum Sign: Sendable {
    /// The next look.
    case look
    /// Contents: names and sizes are what they should be.
    case contents
  }

  package var id: String
  /// What is wrong, in a few words; never shown to somebody who is to find out.
  package var title: String
  /// How it comes about.
  package var cause: String
  /// What a console that tells the truth may say.
  package var verdicts: Set<Verdict>
  package var sign: Sign
  /// What is still wrong when it has been mended, and what ends that; nil = nothing.
  package var aftermath: String?
  var plant: @Sendable (GameDayStage) async throws -> Void

  init(
    _ id: String, _ title: String, cause: String, says verdicts: Set<Verdict>,
    sign: Sign = .look, aftermath: String? = nil,
    plant: @escaping @Sendable (GameDayStage) async throws -> Void
  ) {
    self.id = id
    self.title = title
    self.cause = cause
    self.verdicts = verdicts
    self.sign = sign
    self.aftermath = aftermath
    self.plant = plant
  }

  /// Every one there is, in the order that they are told.
  package static let all = ofTheChain + ofTheCatalog + ofTheArchiver + ofTheRepository + ofServers
}
