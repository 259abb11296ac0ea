/// What keeps a definition from being passed to libxl, in the order in which it is found.
///
/// The translation goes on behind each, so that all of them can be named at once.
struct Obstacles: Sendable {
    private(set) var found: [Untranslatable] = []

    /// What `body` makes; nil, and one obstacle more, where it cannot.
    @discardableResult
    mutating func noting<Value>(_ body: () throws(Untranslatable) -> Value) -> Value? {
        do throws(Untranslatable) {
            return try body()
        } catch {
            found.append(error)
            return nil
        }
    }

    /// Notes one obstacle.
    mutating func note(_ obstacle: Untranslatable) {
        found.append(obstacle)
    }
}
