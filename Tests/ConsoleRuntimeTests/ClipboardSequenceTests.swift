import Testing

@testable import ConsoleRuntime

struct ClipboardSequenceTests {
  @Test func noByteOfATextReachesTheTerminalAsItIs() {
    let bytes = ClipboardSequence.bytes(for: "rm -rf \u{1B}[31m\u{7}é")
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text == "\u{1B}]52;c;cm0gLXJmIBtbMzFtB8Op\u{7}")
    #expect(bytes.dropFirst().dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
  }
}
