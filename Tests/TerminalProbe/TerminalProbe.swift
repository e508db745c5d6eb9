import ConsoleRuntime
import ConsoleUI
import FoundationEssentials
import Glibc
import TextScreen

/// A screen that shows what it was told last, and dies in the way that a key asks for.
@main
struct TerminalProbe {
  /// Arguments: `--ascii`, `--mouse`, `--clock`, `--flood` (draws without end), `--hangup` (once more, when the terminal is
  /// given back). PROBE_LOG names the file for standard error.
  /// With PROBE_CONSOLE, a folder, it is the real console instead.
  static func main() {
    if let directory = getenv("PROBE_CONSOLE") {
      exit(runConsole(directory: String(cString: directory)))
    }
    let arguments = Set(CommandLine.arguments.dropFirst())
    var session = TerminalSession(
      theme: .dark, ascii: arguments.contains("--ascii"), mouse: arguments.contains("--mouse"),
      logFile: Environment.log)
    // Whoever tests a paste halts for as long as the machine makes it.
    session.pasteSilence = .seconds(3600)
    let probe = Probe(showsClock: arguments.contains("--clock"))
    let mailbox = Mailbox()
    do {
      let status = try session.run(mailbox: mailbox) { screen in
        if arguments.contains("--flood") { probe.flood(mailbox) }
        return probe.program(on: screen)
      }
      if arguments.contains("--hangup") { raise(SIGHUP) }
      exit(status)
    } catch {
      fputs("\(error)\n", stderrStream())
      exit(3)
    }
  }

  private static func stderrStream() -> UnsafeMutablePointer<FILE>? { fdopen(2, "w") }
}

enum Environment {
  static var log: String? { getenv("PROBE_LOG").map { String(cString: $0) } }
}

/// The state of the probe and its picture.
final class Probe {
  private var lines: [String: String] = ["keys": "0", "resizes": "0", "resumes": "0"]
  private var last = "-"
  private var keys = 0
  private var resizes = 0
  private var resumes = 0
  private var clock = "-"
  private var typing = false
  private var typed = ""
  private var standIn = "-"
  private var floods: Mailbox?
  private var flooded = 0
  private let showsClock: Bool
  private var glyphs = GlyphSet.unicode

  init(showsClock: Bool) { self.showsClock = showsClock }

  func program(on screen: TerminalScreen) -> UILoop.Program {
    glyphs = screen.glyphs
    standIn = screen.description.isStandIn ? screen.description.name : "-"
    return UILoop.Program(
      handle: { [self] in handle($0) }, render: { [self] in render(&$0) },
      perform: { [weak screen] effect in
        if case .selectTheme(let name) = effect, let screen {
          screen.theme = name == "mono" ? Theme(name: "mono", styles: [.text: Style()]) : .dark
        }
      })
  }

  /// Every picture is followed by the next one, each unlike the one before.
  func flood(_ mailbox: Mailbox) {
    floods = mailbox
    mailbox.post(.resumed)
  }

  private func handle(_ message: Message) -> [Effect] {
    if let floods, case .resumed = message {
      floods.post(.resumed)
      flooded += 1
      return [.redraw]
    }
    switch message {
    case .keyPressed(let key): return pressed(key)
    case .mouseClicked(let x, let y): last = "click \(x),\(y)"
    case .resized: resizes += 1
    case .resumed: resumes += 1
    case .ticked(let date): if showsClock { clock = "\(Int(date.timeIntervalSince1970))" }
    default: break
    }
    return []
  }

  private func pressed(_ key: Key) -> [Effect] {
    keys += 1
    last = "\(key)"
    if typing {
      switch key {
      case .enter, .escape: typing = false
      case .character(let character): typed.append(character)
      default: break
      }
      return []
    }
    switch key {
    case .character("q"): return [.quit]
    case .character("i"): typing = true
    case .character("r"): return [.redraw]
    case .character("z"): return [.suspend]
    case .character("m"): return [.selectTheme("mono")]
    case .character("S"): raise(SIGSEGV)
    case .character("N"): _ = UnsafePointer<Int>(bitPattern: 8)?.pointee
    case .character("A"): abort()
    case .character("T"): lines.withTrap()
    case .character("X"): exit(3)
    case .character("E"): _ = write(2, "a complaint\n", 12)
    default: break
    }
    return []
  }

  private func render(_ frame: inout Frame) {
    let inner = Box.draw(
      title: "probe \(frame.width)x\(frame.height)", right: clock, in: frame.bounds,
      focused: true, frame: &frame, glyphs: glyphs)
    let texts: [(String, Role)] = [
      ("last \(last) keys \(keys) resizes \(resizes) resumes \(resumes)", .text),
      ("日本語 wide é e\u{301} \u{1F600} emoji \u{1F468}\u{200D}\u{1F469} end|", .text),
      ("\(glyphs.check) good \(glyphs.cross) bad \(glyphs.warning) \(glyphs.ellipsis)", .good),
      ("typed: \(typed) stand-in \(standIn) \(flooded)", .text),
    ]
    for (row, (text, role)) in texts.enumerated() {
      frame.put(text, x: inner.x, y: inner.y + row, role: role, clip: inner)
    }
    for (index, role) in Role.allCases.enumerated() {
      frame.put(
        role.rawValue, x: inner.x + index % 5 * 14, y: inner.y + 5 + index / 5, role: role,
        clip: inner)
    }
    var bar = Rect(x: inner.x, y: inner.y + 11, width: min(40, inner.width), height: 1)
    let reading = Gauge.Reading(value: 21.3, low: 15, high: 30, target: 50, scale: 60)
    Gauge.draw(reading, in: inner.intersection(bar), frame: &frame, glyphs: glyphs)
    bar.y += 2
    bar.height = 5
    bar.width = inner.width
    BigText.draw(
      "At risk 09:41", role: .critical, in: inner.intersection(bar), frame: &frame, glyphs: glyphs)
    if typing { frame.cursor = (inner.x + 7 + typed.count, inner.y + 3) }
  }
}

extension [String: String] {
  /// Overflows, which traps as any Swift error of that kind.
  fileprivate func withTrap() {
    let limit = Int.max - count + 1
    fputs("\(limit + count)", fdopen(2, "w"))
  }
}
