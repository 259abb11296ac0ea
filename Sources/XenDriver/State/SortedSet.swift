/// A set kept in order: to make it and to ask it takes less than hashes would.
struct SortedSet<Element: Comparable & Sendable>: Sendable {
    let elements: [Element]

    /// The set of these, which may be in any order and the same more than once.
    init(_ elements: [Element]) {
        self.elements = elements.sorted()
    }

    func contains(_ element: Element) -> Bool {
        let place = elements.firstPlace { $0 >= element }
        return place < elements.count && elements[place] == element
    }

    /// Those of `sorted`, which is in order, that the set has, or that it has not.
    func part(of sorted: [Element], isIn: Bool) -> [Element] {
        var part: [Element] = []
        var place = 0
        for element in sorted {
            while place < elements.count, elements[place] < element { place += 1 }
            if (place < elements.count && elements[place] == element) == isIn { part.append(element) }
        }
        return part
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first place of an element that is what those behind it are too; the end if there is none.
    func firstPlace(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
