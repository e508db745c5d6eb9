/// A value that never prints: its description, its mirror and its JSON are all redacted.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The plain text. Every use is a place to audit.
  package let revealed: String

  package init(_ plain: String) { revealed = plain }

  package var description: String { "[redacted]" }
  package var debugDescription: String { "[redacted]" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
