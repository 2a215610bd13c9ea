/// One line of the catalogue: a method, where it stands in the sources, and an example of it.
public struct CatalogueEntry: Sendable {
    /// The folder of `Sources/Methods` that holds the method.
    public let folder: String
    /// The method with ordinary options; its `name` is the method's name.
    public let example: CompressionMethod
    /// What the method does, in one sentence.
    public let summary: String
}

/// All methods that this build knows. To add a method, write its folder and one line here.
public enum Catalogue {
    private static let half = SparsityOptions(pattern: .unstructured(fraction: 0.5))

    /// One entry for each method, in the order in which they are listed to users.
    public static let entries: [CatalogueEntry] = [
        CatalogueEntry(
            folder: "RoundToNearest", example: .roundToNearest(QuantizationOptions()),
            summary: "Quantisation by rounding, without data."),
        CatalogueEntry(
            folder: "GPTQ", example: .gptq(QuantizationOptions()),
            summary: "Quantisation with second-order compensation (arXiv 2210.17323)."),
        CatalogueEntry(
            folder: "Magnitude", example: .magnitude(half),
            summary: "Pruning of the smallest weights, without data."),
        CatalogueEntry(
            folder: "Wanda", example: .wanda(half),
            summary: "Pruning by weight times input norm (arXiv 2306.11695)."),
        CatalogueEntry(
            folder: "SparseGPT", example: .sparseGPT(half),
            summary: "Pruning with second-order compensation (arXiv 2301.00774)."),
    ]
}
