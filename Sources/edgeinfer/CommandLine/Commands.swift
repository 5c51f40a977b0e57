extension Command {
  /// The one list of subcommands.
  static let all: [Command] = [.classify, .run, .profile, .info, .verify]
}
