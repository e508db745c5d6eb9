extension Schema {
  /// Everything that is wrong with a whole object, sorted by field.
  func causes(_ document: JSONValue, old: JSONValue?) -> [APIError.Cause] {
    var validation = SchemaValidation()
    for key in required where document[key] == nil { validation.require(key) }
    for (key, schema) in properties where !["apiVersion", "kind", "metadata"].contains(key) {
      guard let value = document[key] else { continue }
      validation.check(value, old: old?[key], schema, path: key)
    }
    validation.check(rules, document, old: old, path: "")
    return validation.causes.sorted { $0.field < $1.field }
  }
}

/// One walk through a document, in the API server's words.
private struct SchemaValidation {
  var causes: [APIError.Cause] = []

  mutating func require(_ path: String) {
    causes.append(
      APIError.Cause(reason: "FieldValueRequired", message: "Required value", field: path))
  }

  private mutating func refuse(
    _ path: String, _ value: JSONValue, _ why: String, reason: String = "FieldValueInvalid"
  ) {
    causes.append(
      APIError.Cause(
        reason: reason, message: "Invalid value: \(value.text): \(path) in body \(why)", field: path
      ))
  }

  mutating func check(_ value: JSONValue, old: JSONValue?, _ schema: Schema, path: String) {
    if value == .null, schema.isNullable { return }
    guard hasType(value, schema, path) else { return }
    if !schema.choices.isEmpty, !schema.choices.contains(value) {
      let supported = schema.choices.map(\.text).joined(separator: ", ")
      causes.append(
        APIError.Cause(
          reason: "FieldValueNotSupported",
          message: "Unsupported value: \(value.text): supported values: \(supported)", field: path))
    }
    switch value {
    case .string(let text): check(text, schema, path)
    case .integer, .number: checkNumber(value, schema, path)
    case .array(let elements): check(elements, old: old, schema, path)
    case .object(let members): check(members, old: old, schema, path)
    default: break
    }
    check(schema.rules, value, old: old, path: path)
  }

  private mutating func hasType(_ value: JSONValue, _ schema: Schema, _ path: String) -> Bool {
    if schema.isIntOrString {
      if value.string != nil || value.integer != nil { return true }
      refuseType(path, value, "integer,string")
      return false
    }
    guard let type = schema.type else { return true }
    let fits =
      value.typeName == type || type == "number" && value.double != nil
      || type == "integer" && value.integer != nil
    if !fits { refuseType(path, value, type) }
    return fits
  }

  private mutating func refuseType(_ path: String, _ value: JSONValue, _ type: String) {
    causes.append(
      APIError.Cause(
        reason: "FieldValueTypeInvalid",
        message: "Invalid value: \"\(value.typeName)\": \(path) in body must be of type \(type): "
          + "\"\(value.typeName)\"", field: path))
  }

  private mutating func check(_ text: String, _ schema: Schema, _ path: String) {
    let length = text.unicodeScalars.count
    if let minimum = schema.minimumLength, length < minimum {
      refuse(path, .string(text), "should be at least \(minimum) chars long")
    }
    if let maximum = schema.maximumLength, length > maximum {
      causes.append(
        APIError.Cause(
          reason: "FieldValueTooLong",
          message: "Too long: may not be more than \(maximum) bytes", field: path))
    }
    if let pattern = schema.pattern, !pattern.matches(text) {
      refuse(path, .string(text), "should match '\(pattern.text)'")
    }
    let hasFormat =
      switch schema.format {
      case "date-time": isDateTime(text)
      case "byte": Base64.decode(text) != nil
      default: true
      }
    if !hasFormat {
      refuse(path, .string(text), "must be of type \(schema.format ?? ""): \"\(text)\"")
    }
  }

  private mutating func checkNumber(_ value: JSONValue, _ schema: Schema, _ path: String) {
    guard let number = value.double else { return }
    if let minimum = schema.minimum, number < minimum {
      refuse(path, value, "should be greater than or equal to \(JSONValue.number(minimum).text)")
    }
    if let maximum = schema.maximum, number > maximum {
      refuse(path, value, "should be less than or equal to \(JSONValue.number(maximum).text)")
    }
    if schema.format == "int32", abs(number) > 2_147_483_647 {
      refuse(path, value, "should be a int32")
    }
  }

  private mutating func check(
    _ elements: [JSONValue], old: JSONValue?, _ schema: Schema, _ path: String
  ) {
    guard let items = schema.items else { return }
    var seen: [JSONValue] = []
    for (index, element) in elements.enumerated() {
      let key = JSONValue.array(schema.listMapKeys.map { element[$0] ?? .null })
      if !schema.listMapKeys.isEmpty {
        if seen.contains(key) {
          causes.append(
            APIError.Cause(
              reason: "FieldValueDuplicate", message: "Duplicate value: \(key.text)",
              field: "\(path)[\(index)]"))
        }
        seen.append(key)
      }
      check(element, old: nil, items, path: "\(path)[\(index)]")
    }
  }

  private mutating func check(
    _ members: [String: JSONValue], old: JSONValue?, _ schema: Schema, _ path: String
  ) {
    for key in schema.required where members[key] == nil { require("\(path).\(key)") }
    for (key, value) in members {
      let inner = "\(path).\(key)"
      if let property = schema.properties[key] {
        check(value, old: old?[key], property, path: inner)
      } else if case .values(let values) = schema.additional {
        check(value, old: old?[key], values, path: inner)
      }
    }
  }

  mutating func check(_ rules: [SchemaRule], _ value: JSONValue, old: JSONValue?, path: String) {
    for rule in rules where !rule.holds(value, old: old) {
      causes.append(
        APIError.Cause(
          reason: "FieldValueInvalid", message: "Invalid value: \(rule.message)", field: path))
    }
  }

  /// RFC 3339 with a zone, as the server's `date-time` wants it.
  private func isDateTime(_ text: String) -> Bool {
    let shape = "dddd-dd-ddTdd:dd:dd"
    let head = text.prefix(shape.count)
    guard head.count == shape.count else { return false }
    for (letter, wanted) in zip(head, shape) {
      let fits =
        wanted == "d" ? letter.isASCII && letter.isNumber : letter.uppercased() == "\(wanted)"
      guard fits else { return false }
    }
    var rest = text.dropFirst(shape.count)
    if rest.first == "." { rest = rest.dropFirst().drop { $0.isNumber } }
    if rest == "Z" || rest == "z" { return true }
    return rest.count == 6 && (rest.first == "+" || rest.first == "-")
  }
}
