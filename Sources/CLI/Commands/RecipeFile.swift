import Domain
import Foundation
import Planning

/// A recipe on disk; paths in it are relative to its folder.
struct RecipeFile {
    let url: URL
    let text: String
    let recipe: Recipe

    /// Reads the recipe of `path`; `formats`, where there are any, replace its own.
    init(path: String, formats: [OutputFormat] = []) throws {
        url = URL(filePath: path)
        guard let data = try? Data(contentsOf: url) else {
            throw CommandFailure(.usage, "The recipe \(path) cannot be read.")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(.usage, "The recipe \(path) is not UTF-8 text.")
        }
        self.text = text
        let recipe = try Recipe(yaml: text)
        self.recipe = formats.isEmpty ? recipe : recipe.writing(formats)
    }

    /// Everything that a compression job is made from.
    func specification(
        for model: URL, intake: inout JobIntake, progress: ProgressLine
    ) throws -> JobSpecification {
        let (manifest, _) = try intake.model(at: model, progress: { progress.show($0) })
        var data: DataManifest?
        if let calibration = recipe.calibration {
            let file = URL(filePath: calibration.source.path, relativeTo: url)
            data =
                switch calibration.source {
                case .text: try intake.text(at: file.absoluteURL, for: manifest)
                case .tokens: try intake.tokens(at: file.absoluteURL)
                }
        }
        return JobSpecification(
            purpose: .compress(recipe), model: manifest, data: data, recipeText: text)
    }
}
