import FoundationEssentials

/// In which form the client wants its answer.
enum AnswerForm {
  case whole
  /// `includeObject`: None, Metadata or Object.
  case table(include: String)
  case metadata

  /// Takes the first form of the Accept header that the server can do. Throws 406 when there is none.
  init(accept: String?, _ request: HTTPMessage) throws {
    guard let accept, !accept.isEmpty else {
      self = .whole
      return
    }
    for choice in accept.split(separator: ",") {
      let parts = choice.split(separator: ";").map { $0.filter { $0 != " " } }
      guard ["application/json", "*/*", "application/*"].contains(parts.first ?? "") else {
        continue
      }
      let form = parts.first { $0.hasPrefix("as=") }?.dropFirst(3)
      switch form.map(String.init) {
      case nil: self = .whole
      case "Table": self = .table(include: request.parameter("includeObject") ?? "Metadata")
      case "PartialObjectMetadata", "PartialObjectMetadataList": self = .metadata
      default: continue
      }
      return
    }
    throw APIError(
      406, "NotAcceptable",
      "only the following media types are accepted: application/json, application/yaml, "
        + "application/vnd.kubernetes.protobuf")
  }
}

/// Rows as `kubectl get` shows them: the columns are the kind's own.
struct Table {
  let kind: Kind
  let include: String

  func document(_ objects: [JSONValue], metadata: JSONValue, hasColumns: Bool = true) -> JSONValue {
    let name: JSONValue = [
      "name": "Name", "type": "string", "format": "name", "priority": 0,
      "description": "Name must be unique within a namespace.",
    ]
    let columns = kind.columns.map { column -> JSONValue in
      [
        "name": .string(column.name), "type": .string(column.type), "format": "",
        "priority": .integer(column.priority), "description": "",
      ]
    }
    return [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
      "columnDefinitions": hasColumns ? .array([name] + columns) : .null,
      "rows": .array(objects.map(row)),
    ]
  }

  private func row(_ object: JSONValue) -> JSONValue {
    let cells = kind.columns.map { column -> JSONValue in
      let value = object.at(column.path[...]) ?? .null
      guard column.type == "date" else { return value }
      return value.string.flatMap(Self.age).map { .string($0) } ?? .null
    }
    var row: JSONValue = [
      "cells": .array([object[path: "metadata", "name"] ?? .null] + cells)
    ]
    switch include {
    case "None": break
    case "Object": row["object"] = object
    default: row["object"] = Self.partial(object)
    }
    return row
  }

  static func partial(_ object: JSONValue) -> JSONValue {
    [
      "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
      "metadata": object["metadata"] ?? .empty,
    ]
  }

  /// `42s`, `5m`, `3h`, `2d`: roughly as kubectl says it.
  private static func age(_ text: String) -> String? {
    guard let date = try? Date(text, strategy: .iso8601) else { return nil }
    let seconds = Int(max(0, Date().timeIntervalSince(date)))
    switch seconds {
    case ..<120: return "\(seconds)s"
    case ..<7200: return "\(seconds / 60)m"
    case ..<172_800: return "\(seconds / 3600)h"
    default: return "\(seconds / 86_400)d"
    }
  }
}
