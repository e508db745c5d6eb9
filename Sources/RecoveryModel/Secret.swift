/// A value that never prints: its description, its mirror and its JSON are all redacted.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The plain text. Every use is a place to audit.
  public let revealed: String

  public init(_ plain: String) { revealed = plain }

  public var description: String { "[redacted]" }
  public var debugDescription: String { "[redacted]" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
