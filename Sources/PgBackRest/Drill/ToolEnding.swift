import DrillParts
import RecoveryModel
import Transports

/// What a pgBackRest command that failed says: of the repository, or only of this machine. Its error number, which is its
/// exit status too, decides.
struct ToolEnding: Sendable, Equatable {
  /// Exit status, or the number in an `ERROR: [nnn]`.
  var number: Int32
  /// The text of its last error.
  var said: String
  /// It tells of a full disk somewhere, or its place has no byte left.
  var isCramped = false

  /// Errors that what lies in the repository can be the reason of: checksums, files that are missing, are there twice,
  /// cannot be read, decrypted or understood, or are another cluster's.
  private static let ofRepository: Set<Int32> = [
    26, 28, 29, 41, 42, 44, 45, 51, 53, 55, 58, 73, 75, 95, 97, 98, 99, 103,
  ]

  /// nil = it speaks against the backup.
  var fault: MachineFault? {
    if let fault = MachineFault(said: said) ?? errno.flatMap({ MachineFault(errno: $0) }) {
      return fault
    }
    if let signal = MachineFault.signal(ofStatus: number) ?? workersSignal {
      return MachineFault(signal: signal) ?? .tool
    }
    if isCramped, Self.writing.contains(number) || said.contains("unable to write") {
      return .full
    }
    guard Self.ofRepository.contains(number), !isOurs else { return Self.fault(of: number) }
    return nil
  }

  /// How a drill ends that needed it.
  func end(_ command: String, status: Int32, place: String) -> DrillEnd {
    if let refusal = StoreRefusal.words(in: said) {
      return .credentialsRefused("the repository's store refuses the credentials: \(refusal)")
    }
    let text = "status \(status): \(said)"
    guard let fault else { return .failed("pgbackrest \(command) ended with \(text)") }
    return .couldNotRun(fault.words("pgbackrest \(command)", said: text, place: place))
  }

  private static let writing: Set<Int32> = [47, 52, 54, 64, 74, 79]

  private static func fault(of number: Int32) -> MachineFault {
    switch number {
    case 27, 30...37, 43, 48, 76, 78, 96: .refused
    case 39, 49, 56, 57, 101: .unreachable
    case 63: .killed(signal: 15)
    case 94: .memory
    default: .tool
    }
  }

  /// It was about a file of the copy, or one of its own helpers fell silent.
  private var isOurs: Bool {
    said.contains(" for write") || said.contains("unexpected eof while reading line")
  }

  /// `[28] No space left on device`
  private var errno: Int32? {
    guard let text = said.ranges(of: ": [").last else { return nil }
    return Int32(said[text.upperBound...].prefix { $0.isNumber })
  }

  /// Of a helper process that it waited for.
  private var workersSignal: Int32? {
    said.after("terminated unexpectedly on signal ").flatMap {
      Int32($0.prefix { $0.isNumber })
    }
  }
}
