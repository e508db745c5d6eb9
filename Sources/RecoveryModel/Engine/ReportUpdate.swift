/// What one source answered: the fields of an `EngineReport` that it speaks for, by their names there. One that it does not
/// speak for is nil; one that may itself be nil has two levels (`.some(nil)` = there is none).
@dynamicMemberLookup
package struct ReportUpdate: Sendable, Equatable {
  private struct Field: Sendable {
    let path: any PartialKeyPath<EngineReport> & Sendable
    let copy: @Sendable (_ from: EngineReport, _ to: inout EngineReport) -> Void
  }
  /// Holds the values of `fields`; what else it holds says nothing. Boxed: thousands of questions wait at once, and each
  /// has room for its answer.
  @Boxed private var said = EngineReport()
  private var fields: [Field] = []

  package init() {}

  package subscript<Value>(
    dynamicMember field: any WritableKeyPath<EngineReport, Value> & Sendable
  ) -> Value? {
    get { speaks(of: field) ? said[keyPath: field] : nil }
    set { say(field, newValue) { $1[keyPath: field] = $0[keyPath: field] } }
  }

  /// A part that says what it said before goes on in the memory that it has.
  package subscript<Value>(
    dynamicMember field: any WritableKeyPath<EngineReport, Observed<Value>> & Sendable
  ) -> Observed<Value>? {
    get { speaks(of: field) ? said[keyPath: field] : nil }
    set {
      say(field, newValue) { $1[keyPath: field] = $0[keyPath: field].sharing($1[keyPath: field]) }
    }
  }

  private mutating func say<Value>(
    _ field: any WritableKeyPath<EngineReport, Value> & Sendable, _ value: Value?,
    copy: @escaping @Sendable (_ from: EngineReport, _ to: inout EngineReport) -> Void
  ) {
    fields.removeAll { $0.path == field }
    said[keyPath: field] = value ?? EngineReport()[keyPath: field]
    guard value != nil else { return }
    fields.append(Field(path: field, copy: copy))
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
