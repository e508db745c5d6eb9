import FoundationEssentials

/// How far a scrub has come.
package struct ScrubProgress: Sendable, Equatable {
  package var object: String
  package var objects: Int
  package var bytes: Int64
  /// That are to be read.
  package var ofBytes: Int64

  package init(object: String = "", objects: Int, bytes: Int64, ofBytes: Int64) {
    self.object = object
    self.objects = objects
    self.bytes = bytes
    self.ofBytes = ofBytes
  }

  /// `12 MiB of 400 MiB, 31 objects`.
  package var words: String {
    "\(Format.bytes(bytes)) of \(Format.bytes(ofBytes)), "
      + (objects == 1 ? "1 object" : "\(objects) objects")
  }
}

extension [ScrubFault] {
  /// What came of reading, where it is told in two words.
  package func judgement(hasRead: Bool, none: String = "nothing read so far") -> String {
    isEmpty ? hasRead ? "all good" : none : "\(count) damaged"
  }
}

/// What a scrub did.
package struct ScrubOutcome: Sendable, Equatable {
  package enum Ending: String, Sendable, Codable {
    /// All that it was to read.
    case done
    /// So much for today.
    case dailyLimit = "daily_limit"
    case cancelled
  }
  package var ending = Ending.done
  /// Read whole, damaged ones too.
  package var objects = 0
  package var bytes: Int64 = 0
  package var seconds = 0.0
  package var faults: [ScrubFault] = []
  package var unread: [ScrubRecord.Unread] = []

  package init() {}

  /// `31 objects read, 400 MiB in 21s: all good`.
  package var words: String {
    let judged = faults.judgement(hasRead: objects > 0, none: "nothing was to be read")
    let end =
      switch ending {
      case .done: ""
      case .dailyLimit: "; the daily limit is reached"
      case .cancelled: "; cancelled, the next one goes on from here"
      }
    return "\(objects == 1 ? "1 object" : "\(objects) objects") read, \(Format.bytes(bytes)) in "
      + "\(Format.duration(seconds)): \(judged)\(end)"
  }
}
