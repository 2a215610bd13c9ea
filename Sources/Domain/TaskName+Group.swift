extension TaskName {
    /// What the task does for its block, layer and shard: the name with a star for each number,
    /// e.g. `block.*/to.1/*` or `block.*/compress/model.layers.*.self_attn.q_proj`.
    ///
    /// The number of a group of linears (`to.1`) stays: tasks of a group state equal costs.
    public var group: String {
        let parts = description.split(separator: "/", omittingEmptySubsequences: false)
        return parts.map { part in
            let words = part.split(separator: ".", omittingEmptySubsequences: false)
            guard words.first != "to" else { return String(part) }
            return words.map { word in
                let isNumber = !word.isEmpty && word.utf8.allSatisfy { (48...57).contains($0) }
                return isNumber ? "*" : String(word)
            }.joined(separator: ".")
        }.joined(separator: "/")
    }
}
