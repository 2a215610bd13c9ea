extension Recipe.States {
    /// Bytes of one number.
    var byteCount: Int { self == .bfloat16 ? 2 : 4 }

    /// The name that tasks know it by; nil for Float32, which is what they take for granted.
    var elementType: String? { self == .bfloat16 ? "BF16" : nil }
}
