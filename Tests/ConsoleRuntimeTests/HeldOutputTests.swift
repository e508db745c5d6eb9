import CTerminal
import Glibc
import Testing

@Suite(.serialized) struct HeldOutputTests {
  /// Each write to this pair is a packet of its own.
  private func withPackets(_ body: (_ output: Int32, _ terminal: Int32, _ reader: Int32) -> Void) {
    var pair: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0)
    let output = dup(pair[0])
    body(output, pair[0], pair[1])
    for descriptor in pair + [output] { close(descriptor) }
  }

  private func write(_ text: String, to descriptor: Int32) {
    _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
  }

  private func packet(_ reader: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: 256 * 1024)
    let count = recv(reader, &bytes, bytes.count, Int32(MSG_DONTWAIT))
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  @Test func whatIsHeldGoesOutInOnePiece() {
    withPackets { output, terminal, reader in
      for frame in ["abc", "de"] {
        #expect(terminal_hold_output(output))
        for letter in frame { write(String(letter), to: output) }
        #expect(packet(reader) == nil)
        terminal_release_output(output, terminal)
        #expect(packet(reader) == frame)
        #expect(packet(reader) == nil)
      }
      write("after", to: output)
      #expect(packet(reader) == "after")
    }
  }

  @Test func aFrameLargerThanAPieceArrivesWhole() {
    withPackets { output, terminal, reader in
      let frame = String(repeating: "0123456789", count: 10_000)
      #expect(terminal_hold_output(output))
      write(frame, to: output)
      terminal_release_output(output, terminal)
      #expect((packet(reader) ?? "") + (packet(reader) ?? "") == frame)
    }
  }

  @Test func nothingHeldIsNothingWritten() {
    withPackets { output, terminal, reader in
      #expect(terminal_hold_output(output))
      terminal_release_output(output, terminal)
      #expect(packet(reader) == nil)
    }
  }
}
