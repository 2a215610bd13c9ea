/// Checks that a configuration asks only for what is implemented.
extension ModelConfiguration {
    /// Throws unless the field, or its default, is the one text that is supported.
    func require(
        _ field: String, default standard: String, is supported: String
    ) throws(ModelError) {
        let found = try text(field, default: standard)
        guard found == supported else {
            throw .unsupportedConfiguration(
                field: field,
                reason: "is '\(found)', and only \(supported) is supported"
            )
        }
    }

    /// Throws if the flag, off by default, is on.
    func refuse(_ field: String, because reason: String) throws(ModelError) {
        guard try !flag(field, default: false) else {
            throw .unsupportedConfiguration(field: field, reason: "is true, and \(reason)")
        }
    }

    /// Throws if `architectures` names classes and not one of these.
    func requireClass(_ supported: String...) throws(ModelError) {
        let classes = try texts("architectures")
        guard classes.isEmpty || classes.contains(where: supported.contains) else {
            throw .unsupportedConfiguration(
                field: "architectures",
                reason: "names \(classes[0].prefix(200)), and only "
                    + "\(supported.joined(separator: ", ")) is supported"
            )
        }
    }
}
