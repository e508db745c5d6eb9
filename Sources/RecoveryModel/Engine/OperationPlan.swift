/// Something that must hold before an operation starts.
package struct Requirement: Sendable, Equatable {
  package var what: String
  /// nil = could not be told; the reason is in `detail`.
  package var satisfied: Bool?
  package var detail: String

  package init(what: String, satisfied: Bool?, detail: String) {
    self.what = what
    self.satisfied = satisfied
    self.detail = detail
  }
}

/// Exactly what will be done, to what, with what risk. Made by `BackupEngine.plan`, run by `start`.
package struct OperationPlan: Sendable, Equatable, Identifiable {
  /// Operation id; a drill's id too.
  package var id: String
  package var cluster: String
  package var request: OperationRequest
  /// One line: `Take a full base backup of auth-db`.
  package var title: String
  /// What will be done, in order.
  package var steps: [PlanStep]
  /// What it costs or risks.
  package var notes: [String]
  /// Why production is safe from it; nil = it acts on production.
  package var safety: String?
  /// What somebody has to know before he agrees, told before all else.
  package var warnings: [String] = []
  /// How a base backup is taken so that nothing expires by it; empty = nobody knows.
  package var sparing = ""
  package var requirements: [Requirement]
  /// How long it should take; nil where nothing is known to go by.
  package var expected: Estimate?
  /// The backup that a drill restores, by the name that the catalog has; nil where it was not chosen.
  package var backup: String?
  /// What the engine that made it needs to carry it out (paths, labels, LSNs); shown nowhere.
  package var order: EngineOrder?
  /// What a drill's proof would rest on; nil = not told.
  package var basis: ProofBasis?
  /// The moment that a drill is to bring back; nil = the end of what is archived.
  package var moment: DrillMoment?
  /// What a person must type before it runs, as the name of the cluster; nil = a yes will do.
  package var typedConfirmation: String?

  package init(
    id: String, cluster: String, request: OperationRequest, title: String, steps: [PlanStep],
    safety: String? = nil, notes: [String] = [], requirements: [Requirement] = [],
    expected: Estimate? = nil,
    backup: String? = nil, order: EngineOrder? = nil, typedConfirmation: String? = nil
  ) {
    self.id = id
    self.cluster = cluster
    self.request = request
    self.title = title
    self.steps = steps
    self.safety = safety
    self.notes = notes
    self.requirements = requirements
    self.expected = expected
    self.backup = backup
    self.order = order
    self.typedConfirmation = typedConfirmation
  }

  /// With what the expiry behind a base backup takes away: a warning where something of it is still open.
  package mutating func note(_ expiry: NextExpiry) {
    let words = [expiry.words, sparing].filter { !$0.isEmpty }.joined(separator: ". ")
    if expiry.wanted.isEmpty { notes.insert(words, at: 0) } else { warnings.append(words) }
  }

  /// All that is told beside the steps.
  package var remarks: [String] { [safety].compactMap(\.self) + notes }

  /// What a drill and a recovery say of production.
  package static let readsOnly = "Production is not touched; its archive is only read."

  /// Requirements known to be unmet: the plan must not run.
  package var unmet: [Requirement] { requirements.filter { $0.satisfied == false } }
}

extension Requirement {
  /// Why a plan does not run, of a requirement that is not met. `what` says how it should be: alone it would read as if
  /// it were.
  package var refusal: String { "not met: \(what)" + (detail.isEmpty ? "" : " (\(detail))") }
}

/// A value of an engine's own that a plan carries from `plan` to `start`.
package struct EngineOrder: Sendable, Equatable {
  private let value: any Sendable & Equatable

  package init(_ value: some Sendable & Equatable) { self.value = value }

  /// nil when it is another engine's, or another operation's.
  package func `as`<Order>(_ type: Order.Type) -> Order? { value as? Order }

  package static func == (one: EngineOrder, other: EngineOrder) -> Bool {
    func isEqual<Value: Equatable>(_ value: Value) -> Bool { value == other.value as? Value }
    return isEqual(one.value)
  }
}

/// A range of seconds with its likeliest value.
package struct Estimate: Sendable, Equatable, Codable {
  package var expected: Double
  package var low: Double
  package var high: Double

  package init(expected: Double, low: Double, high: Double) {
    self.expected = expected
    self.low = low
    self.high = high
  }
}
