/// Rows under headings, laid out as virsh lays out its tables.
struct Table: Hashable, Sendable {
    /// The columns' names.
    let headings: [String]
    /// The cells, as many in each row as there are headings.
    var rows: [[String]]

    /// Between two columns.
    private static let gap = "   "

    /// The table as text, every line ended. Without headings the columns are only as wide as the cells.
    func text(hasHeadings: Bool) -> String {
        let lines = ((hasHeadings ? [headings] : []) + rows).map { $0.map(DisplayText.init) }
        let widths = headings.indices.map { column in lines.map { $0[column].width }.max() ?? 0 }
        var text = ""
        for (number, line) in lines.enumerated() {
            text += " " + Self.joined(line, widths: widths) + "\n"
            if hasHeadings && number == 0 {
                text += String(repeating: "-", count: widths.reduce(0) { $0 + $1 + Self.gap.count }) + "\n"
            }
        }
        return text
    }

    /// The cells of a line in columns of `widths`; the last one is not padded.
    private static func joined(_ cells: [DisplayText], widths: [Int]) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            text += cell.text
            guard column < cells.count - 1 else { break }
            text += String(repeating: " ", count: widths[column] - cell.width) + gap
        }
        return text
    }
}

extension Table {
    /// What stands in a cell that has no value.
    static let none = "-"
}
