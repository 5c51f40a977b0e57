extension Command {
  /// The one list of subcommands.
  static let all: [Command] = [.classify, .camera, .run, .profile, .info, .verify]
}
