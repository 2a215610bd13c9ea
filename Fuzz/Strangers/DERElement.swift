public import FuzzTargets

/// One element of DER, so that changes inside keep the lengths around them right.
struct DERElement {
    let tag: UInt8
    var content: [UInt8]

    /// All elements of `bytes`, or nil when they are none.
    static func parse(_ bytes: [UInt8]) -> [DERElement]? {
        var elements: [DERElement] = []
        var place = 0
        while place < bytes.count {
            guard place + 2 <= bytes.count else { return nil }
            let tag = bytes[place]
            var length = Int(bytes[place + 1])
            place += 2
            if length >= 0x80 {
                let width = length & 0x7F
                guard (1...3).contains(width), place + width <= bytes.count else { return nil }
                length = bytes[place..<place + width].reduce(0) { $0 << 8 | Int($1) }
                place += width
            }
            guard length <= bytes.count - place else { return nil }
            elements.append(
                DERElement(tag: tag, content: Array(bytes[place..<place + length])))
            place += length
        }
        return elements
    }

    var bytes: [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        if count < 0x100 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(count >> 8 & 255), UInt8(count & 255)] + content
    }

    /// `bytes` with one change of an element somewhere inside.
    static func changed(_ bytes: [UInt8], with mutator: inout Mutator, depth: Int = 0) -> [UInt8] {
        guard var elements = parse(bytes), !elements.isEmpty else {
            return mutator.mutated(bytes, as: .binary)
        }
        let index = Int.random(in: 0..<elements.count, using: &mutator)
        let isConstructed = elements[index].tag & 0x20 != 0 || elements[index].tag == 0x04
        if depth < 12, isConstructed, Int.random(in: 0..<6, using: &mutator) > 0 {
            elements[index].content = changed(
                elements[index].content, with: &mutator, depth: depth + 1)
            return elements.flatMap(\.bytes)
        }
        switch Int.random(in: 0..<6, using: &mutator) {
        case 0: elements.remove(at: index)
        case 1: elements.insert(elements[index], at: index)
        case 2:
            elements[index] = DERElement(
                tag: UInt8.random(in: 0...255, using: &mutator), content: elements[index].content)
        case 3: elements[index].content = []
        case 4: elements.swapAt(index, Int.random(in: 0..<elements.count, using: &mutator))
        default:
            elements[index].content = mutator.mutated(elements[index].content, as: .binary)
        }
        return elements.flatMap(\.bytes)
    }
}

extension StrangerTarget {
    /// Bytes near to `bytes`.
    public func mutated(_ bytes: [UInt8], with mutator: inout Mutator) -> [UInt8] {
        guard let form else { return DERElement.changed(bytes, with: &mutator) }
        return mutator.mutated(bytes, as: form, words: ["skv1.", ".", " "])
    }
}
