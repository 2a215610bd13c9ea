/// What turns words into tokens.
enum SubwordModel: Sendable {
    case bytePairs(BytePairModel)
    case wordPieces(WordPieceModel)
}
