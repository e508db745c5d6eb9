import CLibraries

/// How this process deals with its memory.
package enum Memory {
  /// Gives back what is freed instead of keeping it for every thread. Called once, before there are threads.
  package static func keepSmall() { pgvigil_keep_memory_small() }

  /// Gives back what lies free between what is in use: after much was read of which little is kept. Milliseconds.
  package static func giveBack() { pgvigil_give_back_memory() }
}
