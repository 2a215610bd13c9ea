import Testing

/// The parent of all suites that start processes: one after another, since a machine has few
/// cores.
@Suite(.serialized) struct `The built program` {}
