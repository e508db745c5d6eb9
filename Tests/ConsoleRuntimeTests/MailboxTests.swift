import ConsoleUI
import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import ConsoleRuntime

@Suite struct MailboxTests {
  private func isReadable(_ descriptor: Int32) -> Bool {
    var source = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&source, 1, 0) == 1
  }

  private func snapshot(_ generation: UInt64) -> Message {
    .snapshotArrived(FleetSnapshot(generation: generation, takenAt: .distantPast))
  }

  @Test func wakesAndKeepsOrder() {
    let mailbox = Mailbox()
    #expect(!isReadable(mailbox.descriptor))
    mailbox.post(.resumed)
    mailbox.post(.resized(columns: 1, rows: 2))
    #expect(isReadable(mailbox.descriptor))
    #expect(mailbox.drain() == [.resumed, .resized(columns: 1, rows: 2)])
    #expect(!isReadable(mailbox.descriptor))
    #expect(mailbox.drain().isEmpty)
  }

  @Test func onlyTheNewestPictureWaits() {
    let mailbox = Mailbox()
    for generation in 1...1000 { mailbox.post(snapshot(UInt64(generation))) }
    mailbox.post(.resumed)
    #expect(mailbox.drain() == [snapshot(1000), .resumed])
  }
}
