import ArgumentParser

/// The version of the program, as records and `--version` carry it.
package enum Version {
  package static let number = "0.1.0"
}
