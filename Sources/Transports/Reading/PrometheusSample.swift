import FoundationEssentials

/// One line of Prometheus' text format: `name{label="value",…} number [time]`.
package struct PrometheusSample {
  package var name: Substring
  package var labels: [Substring: String] = [:]
  package var value: Double

  package init?(_ line: Substring) {
    name = line.prefix { $0 != "{" && $0 != " " }
    var rest = line.dropFirst(name.count)
    if rest.first == "{" {
      rest = rest.dropFirst()
      while rest.first != "}" {
        guard let label = Self.label(&rest) else { return nil }
        labels[label.name] = label.value
        if rest.first == "," { rest = rest.dropFirst() }
      }
      rest = rest.dropFirst()
    }
    guard let number = rest.split(separator: " ").first, let value = Double(number) else {
      return nil
    }
    self.value = value
  }

  /// nil where it is no finite count. No more than a petabyte, so that sums stay numbers.
  package var bytes: Int64? { value.isFinite && value >= 0 ? Int64(min(value, 1e15)) : nil }

  /// Seconds since 1970; nil where it never happened (-1).
  package var time: Date? { value.isFinite && value > 0 ? Date(timeIntervalSince1970: value) : nil }

  private static func label(_ rest: inout Substring) -> (name: Substring, value: String)? {
    let name = rest.prefix { $0 != "=" && $0 != "}" }
    rest = rest.dropFirst(name.count)
    guard rest.hasPrefix("=\"") else { return nil }
    rest = rest.dropFirst(2)
    var value = ""
    while let character = rest.popFirst() {
      if character == "\"" { return (name, value) }
      if character == "\\", let escaped = rest.popFirst() {
        value.append(escaped == "n" ? "\n" : escaped)
      } else {
        value.append(character)
      }
    }
    return nil
  }
}
