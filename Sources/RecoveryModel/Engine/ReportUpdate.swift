/// What one source answered: the fields of an `EngineReport` that it speaks for, by their names there. One that it does not
/// speak for is nil; one that may itself be nil has two levels (`.some(nil)` = there is none).
@dynamicMemberLookup
package struct ReportUpdate: Sendable, Equatable {
  private struct Field: Sendable {
    let path: any PartialKeyPath<EngineReport> & Sendable
    let copy: @Sendable (_ from: EngineReport, _ to: inout EngineReport) -> Void
  }
  /// Holds the values of `fields`; what else it holds says nothing.
  private var said = EngineReport()
  private var fields: [Field] = []

  package init() {}

  package subscript<Value>(
    dynamicMember field: any WritableKeyPath<EngineReport, Value> & Sendable
  ) -> Value? {
    get { speaks(of: field) ? said[keyPath: field] : nil }
    set {
      fields.removeAll { $0.path == field }
      said[keyPath: field] = newValue ?? EngineReport()[keyPath: field]
      guard newValue != nil else { return }
      fields.append(Field(path: field) { $1[keyPath: field] = $0[keyPath: field] })
    }
  }

  private func speaks(of field: PartialKeyPath<EngineReport>) -> Bool {
    fields.contains { $0.path == field }
  }

  /// The parts that this answer speaks for.
  package var parts: Set<ReportPart> {
    Set(ReportPart.allCases.filter { speaks(of: $0.row.field) })
  }

  package static func == (one: ReportUpdate, other: ReportUpdate) -> Bool {
    one.said == other.said && one.fields.count == other.fields.count
      && one.fields.allSatisfy { other.speaks(of: $0.path) }
  }

  fileprivate func copy(into report: inout EngineReport) {
    for field in fields { field.copy(said, &report) }
  }
}

extension EngineReport {
  package mutating func merge(_ update: ReportUpdate) { update.copy(into: &self) }
}
