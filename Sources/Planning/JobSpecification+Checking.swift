import Domain

extension JobSpecification {
    /// Refuses numbers and names that planning could not live with: a specification comes from
    /// outside, and one that stopped the coordinator would stop it again at every start.
    func check() throws(PlanningError) {
        switch purpose {
        case .evaluate(let request): try check(request)
        case .compare(let request, let reference):
            try check(request)
            try check(reference)
        case .drill(let plan): try demand(plan.isWithinBounds, "a number of the drill")
        case .compress(let recipe):
            if let calibration = recipe.calibration {
                try demand((2...1_048_576).contains(calibration.length), "the window length")
                try demand((1...1_000_000).contains(calibration.samples), "the samples")
                try demand((0...1_000_000).contains(calibration.heldOut), "the held-out samples")
                try demand(
                    (1...65_536).contains(calibration.firstTokenWeight ?? 1),
                    "the weight of the first token")
            }
            for step in recipe.steps {
                try demand((0...10).contains(step.damping), "a step's damping")
            }
        }
        try check(model)
    }

    private func check(_ request: EvaluationRequest) throws(PlanningError) {
        try demand((2...1_048_576).contains(request.length), "the window length")
        try demand((1...1_000_000_000).contains(request.windows ?? 1), "the windows")
    }

    private func check(_ model: ModelManifest) throws(PlanningError) {
        for tensor in model.tensors {
            try demand(isName(tensor.form.name), "a tensor's name")
            var count = 1
            for extent in tensor.form.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                try demand(extent >= 0 && !overflow && product <= Limits.blobBytesMax, "a shape")
                count = product
            }
        }
        let files = model.weightFiles + model.carriedFiles.map(\.name)
        for file in files {
            try demand(
                isName(file) && !file.contains("/") && !file.hasPrefix("."), "a file's name")
        }
        try demand(isName(model.title), "the model's title")
    }

    private func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.nameBytesMax - 64
    }

    private func demand(_ isFine: Bool, _ what: String) throws(PlanningError) {
        guard isFine else { throw .specification(problem: "\(what) is out of bounds.") }
    }
}
