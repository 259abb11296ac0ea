extension Loader {
    /// Whether it is the one that libxl takes by itself, wherever it lay on the host that the document was written on.
    public var isHVMLoader: Bool {
        path?.split(separator: "/").last == "hvmloader"
    }
}
