import FoundationEssentials

/// Why a text is no schedule, in the words of the parser that CloudNativePG uses.
package struct CronError: Error, Sendable, Equatable, CustomStringConvertible {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }

  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

/// A schedule with exactly the meaning that robfig/cron 1.2.0 gives it: CloudNativePG's parser for `ScheduledBackup`.
///
/// It is not Unix cron. Seconds come first, and of five fields it is the day of the week that is missing:
/// `0 3 * * *` runs every hour at minute three.
package struct CronSchedule: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case fields(CronFields)
    /// Seconds after the last one.
    case every(Double)
  }

  package let text: String
  /// Read with the day of the week left out; whoever wrote five fields most likely meant Unix cron.
  package let isFiveFields: Bool
  let kind: Kind

  package init(_ text: String) throws(CronError) {
    self.text = text
    guard !text.isEmpty else { throw CronError("Empty spec string") }
    if text.utf8.first == UInt8(ascii: "@") {
      kind = try Self.descriptor(text)
      isFiveFields = false
      return
    }
    let words = text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
    guard (5...6).contains(words.count) else {
      throw CronError("Expected 5 to 6 fields, found \(words.count): \(text)")
    }
    kind = .fields(try CronFields(words))
    isFiveFields = words.count == 5
  }

  private static func descriptor(_ text: String) throws(CronError) -> Kind {
    let every = "@every "
    if text.hasPrefix(every) {
      do throws(CronError) {
        // Whole seconds, and never less than one.
        let seconds = try GoDuration.seconds(String(text.dropFirst(every.count)))
        return .every(max(1, seconds.rounded(.towardZero)))
      } catch { throw CronError("Failed to parse duration \(text): \(error.message)") }
    }
    let fields: String? =
      switch text {
      case "@yearly", "@annually": "0 0 0 1 1 *"
      case "@monthly": "0 0 0 1 * *"
      case "@weekly": "0 0 0 * * 0"
      case "@daily", "@midnight": "0 0 0 * * *"
      case "@hourly": "0 0 * * * *"
      default: nil
      }
    guard let fields else { throw CronError("Unrecognized descriptor: \(text)") }
    return .fields(try CronFields(fields.split(separator: " ").map(String.init)))
  }
}
