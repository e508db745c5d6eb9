import RecoveryModel

extension PgBackRestConfiguration {
  /// N of the `pgN-path` whose server listens there; nil = none does, as far as it is told.
  func number(at address: [String: String], stanza: String) -> Int? {
    (1...256).first { number in
      let option = { (name: String) in value("pg\(number)-\(name)", stanza: stanza) }
      guard option("path") != nil else { return false }
      return ["host", "socket-path"].compactMap(option).contains(address["host"] ?? "")
        && option("port") ?? "5432" == address["port"] ?? "5432"
    }
  }
}

extension OptionSources {
  /// Where the server at that address has its data on this host, by the configuration as it is now.
  func dataDirectory(at address: [String: String], stanza: String) -> String? {
    let options = read().options
    return options.number(at: address, stanza: stanza).flatMap { number in
      options.value("pg\(number)-host", stanza: stanza) == nil
        ? options.value("pg\(number)-path", stanza: stanza) : nil
    }
  }
}
