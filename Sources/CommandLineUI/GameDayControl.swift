/// Mishaps in a sandbox, as the commands need them.
package struct GameDayControl: Sendable {
  package struct Mishap: Sendable, Equatable, Encodable {
    package var id: String
    package var title: String
    package var cause: String
    /// Verdicts that tell the truth about it.
    package var verdicts: [String]
    /// Its names and sizes are in order: only a drill or a scrub can find it.
    package var isOfContents: Bool
    /// What is still to be done once it is mended; nil = nothing.
    package var aftermath: String?

    package init(
      id: String, title: String, cause: String, verdicts: [String], isOfContents: Bool,
      aftermath: String?
    ) {
      self.id = id
      self.title = title
      self.cause = cause
      self.verdicts = verdicts
      self.isOfContents = isOfContents
      self.aftermath = aftermath
    }

    enum CodingKeys: String, CodingKey {
      case id, title, cause, verdicts, aftermath
      case isOfContents = "of_contents"
    }
  }

  package var all: [Mishap]
  /// Into the sandbox of that directory, by its id. Throws `RecoveryError` (refused: one is planted, there is no backup).
  package var plant: @Sendable (_ directory: String, _ id: String) async throws -> Void
  /// nil = nothing is planted.
  package var planted: @Sendable (_ directory: String) async throws -> Mishap?
  /// Takes it back; nil = nothing was planted.
  package var mend: @Sendable (_ directory: String) async throws -> Mishap?

  package init(
    all: [Mishap] = [],
    plant: @escaping @Sendable (String, String) async throws -> Void = { _, _ in },
    planted: @escaping @Sendable (String) async throws -> Mishap? = { _ in nil },
    mend: @escaping @Sendable (String) async throws -> Mishap? = { _ in nil }
  ) {
    self.all = all
    self.plant = plant
    self.planted = planted
    self.mend = mend
  }
}
