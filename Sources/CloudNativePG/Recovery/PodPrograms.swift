import PostgresServers

/// PostgreSQL's programs in an instance's pod, which has them in its own version.
struct PodPrograms: Sendable {
  var pod: String
  /// A command of kubectl's in the pod's namespace, as a shell takes it.
  var kubectl: @Sendable (_ words: [String]) -> String

  func line(_ program: ServerProgram) -> String {
    kubectl(
      ["exec"] + (program.isFed ? ["-i"] : []) + [pod, "-c", "postgres", "--"] + program.through
        + program.words)
  }

  /// Of files that lie here: whoever runs kubectl may have none of these programs.
  var archives: ArchivePrograms {
    ArchivePrograms(
      read: { arguments, archive in
        line(ServerProgram(["pg_restore"] + arguments, isFed: true)) + " < \(archive)"
      },
      script: { arguments, archive, list in
        let program = ServerProgram(
          ["pg_restore"] + arguments, through: ["sh", "-c", Self.listFirst, "sh"], isFed: true)
        return "{ cat \(list) && echo && cat \(archive); } | " + line(program)
      })
  }

  /// The list comes before the archive, an empty line between them: pg_restore takes it from a file alone, and a pod can be
  /// written to in few places. Where what is handed over breaks off, the archive does.
  private static let listFirst =
    "l=$(mktemp /dev/shm/given-back.XXXXXX) && while IFS= read -r e && test -n \"$e\"; "
    + "do printf \"%s\\n\" \"$e\"; done > \"$l\" && \"$@\" -L \"$l\"; s=$?; rm -f \"$l\"; exit $s"
}
