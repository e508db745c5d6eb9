/// A line of `postgresql.conf`, in which a quote within a value is doubled.
package enum ConfigurationLine {
  package static func text(_ name: String, _ value: String) -> String {
    "\(name) = '\(value.replacing("'", with: "''"))'"
  }
}
