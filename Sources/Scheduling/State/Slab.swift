/// Elements under small numbers that are reused after their removal.
struct Slab<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var free: [Int] = []
    private let vacant: Element

    /// An empty slab; removed elements are overwritten by `vacant`.
    init(vacant: Element) {
        self.vacant = vacant
    }

    /// How many numbers have ever been given; removed ones hold the vacant element.
    var capacity: Int { elements.count }

    /// How many elements there are.
    var count: Int { elements.count - free.count }

    /// Adds an element and returns its number.
    mutating func insert(_ element: Element) -> Int {
        if let index = free.popLast() {
            elements[index] = element
            return index
        }
        elements.append(element)
        return elements.count - 1
    }

    /// Removes the element `index`, which must be there.
    mutating func remove(_ index: Int) {
        elements[index] = vacant
        free.append(index)
    }

    subscript(index: Int) -> Element {
        _read { yield elements[index] }
        _modify { yield &elements[index] }
    }
}
