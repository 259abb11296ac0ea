extension DomainDefinition {
    /// Says what every document says, whoever made the definition: one of its video cards is the primary one, and a
    /// display listens somewhere. Source: libvirt's `virDomainDefPostParse`.
    package mutating func complete() {
        devices.choosePrimaryVideo()
        for position in devices.indices {
            guard case .graphics(var graphics) = devices[position], graphics.kind != .sdl, graphics.listens.isEmpty
            else { continue }
            graphics.listens = [GraphicsListen(address: nil)]
            devices[position] = .graphics(graphics)
        }
    }
}

extension [Device] {
    /// The first video card becomes the primary one, unless another is said to be.
    package mutating func choosePrimaryVideo() {
        var first: Int?
        for position in indices {
            guard case .video(let video) = self[position] else { continue }
            guard video.isPrimary != true else { return }
            first = first ?? position
        }
        guard let first, case .video(var video) = self[first] else { return }
        video.isPrimary = true
        self[first] = .video(video)
    }
}
