import FoundationEssentials
import RecoveryModel

/// The form that Kubernetes writes nearly every time in, read without a formatter: a fleet has tens of thousands.
enum RFC3339 {
  /// `2026-08-21T03:00:09Z`, with or without a fraction; nil for any other form, also a legal one.
  static func date(_ text: String) -> Date? {
    var text = text
    return text.withUTF8 { bytes -> Date? in
      guard bytes.count >= 20, bytes[bytes.count - 1] == UInt8(ascii: "Z"),
        bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
        bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
        bytes[16] == UInt8(ascii: ":"), let year = number(bytes[0..<4]),
        let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
        let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
        let second = number(bytes[17..<19]), (1...12).contains(month), (1...31).contains(day),
        hour < 24, minute < 60, second < 60
      else { return nil }
      var fraction = 0.0
      if bytes.count > 20 {
        let digits = bytes[20..<bytes.count - 1]
        guard bytes[19] == UInt8(ascii: "."), (1...9).contains(digits.count),
          let value = number(digits)
        else { return nil }
        fraction = Double(value) / digits.reduce(1.0) { scale, _ in scale * 10 }
      }
      let days = CivilDay(year: year, month: month, day: day).number
      let seconds = days * 86_400 + hour * 3600 + minute * 60 + second
      return Date(timeIntervalSince1970: Double(seconds) + fraction)
    }
  }

  private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var value = 0
    for digit in digits {
      guard digit >= 48, digit <= 57 else { return nil }
      value = value * 10 + Int(digit - 48)
    }
    return value
  }
}
