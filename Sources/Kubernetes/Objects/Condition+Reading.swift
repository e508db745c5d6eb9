import Transports

extension Condition {
  package init(reading reader: inout JSONReader) throws {
    var condition = Condition(type: "", status: "")
    try reader.eachKey { reader, key in
      switch key {
      case "type": condition.type = try reader.sharedString() ?? ""
      case "status": condition.status = try reader.sharedString() ?? ""
      case "reason": condition.reason = try reader.sharedString()
      case "message": condition.message = try reader.sharedString()
      case "lastTransitionTime": condition.lastTransitionTime = try reader.sharedString()
      default: try reader.skip()
      }
    }
    self = condition
  }
}
