/// What becomes of a tensor on its way from a Hugging Face checkpoint into a GGUF file, or back.
public struct GGUFTensorChange: Sendable, Hashable {
    /// Its name there.
    public let name: String
    /// Row i there is row `rowOrder[i]` here, or entry for a vector; nil when rows stay.
    ///
    /// Whole rows move, so that blocks may be moved as they are.
    public let rowOrder: [Int]?
    /// What is added to each number: 1 for the norms of Gemma, −1 on the way back, otherwise 0.
    public let addend: Float

    /// A whole tensor's bytes with its rows in their new order, plain or in blocks.
    ///
    /// - Precondition: the bytes are as many rows, of one length, as `rowOrder` has.
    public func reorderingRows(of bytes: [UInt8]) -> [UInt8] {
        guard let rowOrder, !rowOrder.isEmpty else { return bytes }
        precondition(bytes.count.isMultiple(of: rowOrder.count))
        let rowBytes = bytes.count / rowOrder.count
        var moved: [UInt8] = []
        moved.reserveCapacity(bytes.count)
        for row in rowOrder { moved += bytes[row * rowBytes..<(row + 1) * rowBytes] }
        return moved
    }
}

extension GGUFModel {
    /// What becomes of a tensor of the checkpoint in a GGUF file.
    ///
    /// - Returns: nil for names that have no place there: the output matrix of a tied model,
    ///   buffers, and everything unknown.
    public func change(writing name: String) -> GGUFTensorChange? {
        guard !(isTied && name == "lm_head.weight"), let stem = Stem(name) else { return nil }
        if let found = outerNames.first(where: { $0.ours == stem.stem }) {
            return change(found.theirs, stem, found.ours, writing: true)
        }
        guard let (block, part) = blockAndPart(stem.stem, prefix: "model.layers."),
            let found = blockNames.first(where: { $0.ours == part })
        else { return nil }
        return change("blk.\(block).\(found.theirs)", stem, part, writing: true)
    }

    /// What becomes of a tensor of a GGUF file in a checkpoint.
    ///
    /// - Returns: nil for names that have no place there, e.g. `rope_freqs.weight`.
    public func change(reading name: String) -> GGUFTensorChange? {
        guard let stem = Stem(name) else { return nil }
        if let found = outerNames.first(where: { $0.theirs == stem.stem }) {
            return change(found.ours, stem, found.ours, writing: false)
        }
        guard let (block, part) = blockAndPart(stem.stem, prefix: "blk."),
            let found = blockNames.first(where: { $0.theirs == part })
        else { return nil }
        return change("model.layers.\(block).\(found.ours)", stem, found.ours, writing: false)
    }

    /// The rows that a tensor of a GGUF file must have for them to move; nil where they stay.
    ///
    /// To be asked first: the order of rows takes memory, whatever the tensor's size.
    func movedRows(reading name: String) -> Int? {
        guard architecture == .llama, let stem = Stem(name)?.stem,
            let (_, part) = blockAndPart(stem, prefix: "blk.")
        else { return nil }
        switch part {
        case "attn_q": return headCount * headLength
        case "attn_k": return keyValueHeadCount * headLength
        default: return nil
        }
    }

    /// Whether converters keep a tensor in F32: vectors and norms.
    public func keepsFloat32(_ tensor: String, shape: [Int]) -> Bool {
        shape.count < 2 || tensor.hasSuffix("norm.weight")
    }

    private func change(
        _ name: String, _ stem: Stem, _ ours: String, writing: Bool
    ) -> GGUFTensorChange {
        let isNorm = ours.hasSuffix("norm") && stem.ending == ".weight"
        let addend: Float = architecture == .gemma3 && isNorm ? (writing ? 1 : -1) : 0
        return GGUFTensorChange(
            name: name + stem.ending, rowOrder: rowOrder(of: ours, writing: writing),
            addend: addend)
    }

    /// llama.cpp rotates neighbouring rows of Llama's queries and keys, transformers the two
    /// halves of a head; the other architectures are rotated by halves in both.
    private func rowOrder(of part: String, writing: Bool) -> [Int]? {
        guard architecture == .llama, part.hasSuffix("q_proj") || part.hasSuffix("k_proj") else {
            return nil
        }
        let heads = part.hasSuffix("q_proj") ? headCount : keyValueHeadCount
        let half = headLength / 2
        return (0..<heads * headLength).map { row in
            let (start, place) = (row / headLength * headLength, row % headLength)
            return writing
                ? start + place % 2 * half + place / 2
                : start + place % half * 2 + place / half
        }
    }

    private func blockAndPart(_ stem: String, prefix: String) -> (block: Int, part: String)? {
        guard stem.hasPrefix(prefix) else { return nil }
        let pieces = stem.dropFirst(prefix.count).split(separator: ".", maxSplits: 1)
        guard pieces.count == 2, let block = Int(pieces[0]), 0..<blockCount ~= block,
            String(block) == pieces[0]
        else { return nil }
        return (block, String(pieces[1]))
    }

    private var outerNames: [(ours: String, theirs: String)] {
        [
            ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"),
            ("lm_head", "output"),
        ]
    }

    private var blockNames: [(ours: String, theirs: String)] {
        var names = [
            ("input_layernorm", "attn_norm"), ("self_attn.o_proj", "attn_output"),
            ("mlp.down_proj", "ffn_down"),
        ]
        if architecture == .phi3 {
            names += [("self_attn.qkv_proj", "attn_qkv"), ("mlp.gate_up_proj", "ffn_up")]
        } else {
            names += [
                ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
                ("self_attn.v_proj", "attn_v"), ("mlp.gate_proj", "ffn_gate"),
                ("mlp.up_proj", "ffn_up"),
            ]
        }
        if architecture == .qwen3 || architecture == .gemma3 {
            names += [("self_attn.q_norm", "attn_q_norm"), ("self_attn.k_norm", "attn_k_norm")]
        }
        if architecture == .gemma3 {
            // The same name means the norm before the gated unit elsewhere.
            names += [
                ("post_attention_layernorm", "post_attention_norm"),
                ("pre_feedforward_layernorm", "ffn_norm"),
                ("post_feedforward_layernorm", "post_ffw_norm"),
            ]
        } else {
            names.append(("post_attention_layernorm", "ffn_norm"))
        }
        return names
    }
}

/// A tensor's name without `.weight` or `.bias`.
private struct Stem {
    let stem: String
    let ending: String

    init?(_ name: String) {
        guard let ending = [".weight", ".bias"].first(where: name.hasSuffix) else { return nil }
        self.ending = ending
        stem = String(name.dropLast(ending.count))
    }
}
