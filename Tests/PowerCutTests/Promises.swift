/// What a recorded process had begun and promised at one moment.
struct Promises {
    /// The last step that was begun.
    private(set) var begun = 0
    /// The last step that was done.
    private(set) var done = 0
    /// The last step whose blobs were stored with their syncs.
    private(set) var stored = 0
    private(set) var epoch = 0
    private(set) var hasEnded = false

    mutating func hear(_ mark: String) {
        let words = mark.split { $0 == " " || $0 == "\n" }
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        switch words.first {
        case "begun": begun = number
        case "done": done = number
        case "stored": stored = number
        case "epoch": epoch = number
        case "end": hasEnded = true
        default: break
        }
    }
}
