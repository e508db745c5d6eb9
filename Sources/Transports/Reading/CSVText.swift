/// Comma-separated values as psql writes them (RFC 4180).
package enum CSVText {
  package static func lines(_ text: String) -> [[String]] {
    var lines: [[String]] = []
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var scalars = text.unicodeScalars.makeIterator()
    var next = scalars.next()
    var isEmpty = true
    while let scalar = next {
      next = scalars.next()
      isEmpty = false
      switch scalar {
      case "\"" where isQuoted && next == "\"":
        field.unicodeScalars.append(scalar)
        next = scalars.next()
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      case "\n" where !isQuoted:
        lines.append(fields + [field])
        (fields, field, isEmpty) = ([], "", true)
      default: field.unicodeScalars.append(scalar)
      }
    }
    if !isEmpty { lines.append(fields + [field]) }
    return lines
  }
}
