import FoundationEssentials

/// What puts a text into the clipboard of the terminal that somebody sits at, however many hosts away that is.
package enum ClipboardSequence {
  /// In base 64, so that no byte of it can drive the terminal.
  package static func bytes(for text: String) -> [UInt8] {
    Array("\u{1B}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}".utf8)
  }
}
