extension Mutator {
    /// One change inside a message, with all lengths around it made right again.
    mutating func changedMessage(_ bytes: [UInt8], depth: Int = 0) -> [UInt8] {
        guard var fields = MessageField.parse(bytes), !fields.isEmpty else {
            var bytes = bytes
            changeBytes(&bytes)
            return bytes
        }
        let index = below(fields.count)
        if case .bytes(let inner) = fields[index].value, depth < 6, !chance(4) {
            fields[index].value = .bytes(
                MessageField.parse(inner) == nil
                    ? changedContent(inner) : changedMessage(inner, depth: depth + 1))
            return MessageField.encode(fields)
        }
        change(&fields, at: index)
        return MessageField.encode(fields)
    }

    private mutating func change(_ fields: inout [MessageField], at index: Int) {
        switch below(7) {
        case 0: fields.remove(at: index)
        case 1:
            let times = [1, 3, 300, 9_000][below(4)]
            let size = MessageField.encode([fields[index]]).count
            guard size * times < bytesMax else { return }
            fields.insert(contentsOf: Array(repeating: fields[index], count: times), at: index)
        case 2: fields[index].number = UInt64(1 + below(chance(8) ? 1 << 20 : 20))
        case 3: fields.swapAt(index, below(fields.count))
        case 4:
            fields[index].value = .bytes(MessageField.encode(fields))
        case 5:
            fields[index].value = chance(2) ? .number(boundary()) : .bytes([])
        default:
            switch fields[index].value {
            case .number: fields[index].value = .number(boundary())
            case .fixed(let content):
                let number = chance(2) ? boundary() : UInt64(below(4)) << 62 | 0x7FF0 << 48
                fields[index].value = .fixed(
                    content.indices.map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
            case .bytes(let content): fields[index].value = .bytes(changedContent(content))
            }
        }
    }

    private mutating func changedContent(_ content: [UInt8]) -> [UInt8] {
        var content = content
        switch below(6) {
        case 0: return []
        case 1:
            return [UInt8](repeating: UInt8(ascii: "a"), count: [1, 32, 512, 513, 4_097][below(5)])
        case 2: return [0xC0, 0x80, 0xFF]
        case 3: return content + content
        default:
            changeBytes(&content)
            return content
        }
    }
}
