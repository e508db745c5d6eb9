import Testing

@testable import PostgresServers

struct ArchiveCommandTests {
  @Test(
    "commands that say yes and store nothing",
    arguments: [
      "/bin/true", "true", ":", "exit 0", "exit", "cd .", "cd /", "echo %p", "echo \"archived %f\"",
      "/usr/bin/true # archiving is off", "true; exit 0", "test -f %p && true", "sh -c 'true'",
      "bash -ec ':'", "env true", "/usr/bin/env LANG=C true", "exec /bin/true", "! false",
      "cp %p /dev/null", "cat %p > /dev/null", "cat < %p >/dev/null", "dd if=%p of=/dev/null",
      "echo %f > /dev/null 2>&1", "true 2>/dev/null", "echo 'a > b'", "(true)", "  true  ",
      "printf '%s' %p", "sleep 1; true",
      "[ -f %p ]", "'/bin/true'", "true\n:", "exit 0 &",
    ])
  func trivial(command: String) { #expect(ArchiveCommand.isTrivial(command)) }

  @Test(
    "commands that may store",
    arguments: [
      "", "   ", "cp %p /archive/%f", "test ! -f /archive/%f && cp %p /archive/%f",
      "pgbackrest --stanza=main archive-push %p", "echo %p | xargs -I{} cp {} /archive/",
      "/bin/false", "exit 1", "false", "true && rsync %p host:/a/%f", "cat %p > /archive/%f",
      "/opt/true-archive %p", "truearchive %p", "sh -c 'cp %p /a/%f'", "sh /usr/local/bin/push %p",
      "dd if=%p of=/archive/%f", "gzip < %p > /archive/%f.gz", "wal-g wal-push %p", "# true",
      "echo 'cp' && barman-cloud-wal-archive s3://b x %p", "bash", "echo %f >>/tmp/archived",
      "echo %f >> /var/log/archived 2>&1", "true && echo %f > /a/list", "cp %p /dev/null/%f",
    ])
  func storing(command: String) { #expect(!ArchiveCommand.isTrivial(command)) }
}
