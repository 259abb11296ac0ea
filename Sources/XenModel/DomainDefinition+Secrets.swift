extension DomainDefinition {
    /// The definition without what only they may see who ask for it: the passwords of displays.
    package var withoutSecrets: DomainDefinition {
        var definition = self
        definition.devices = devices.map { device in
            guard case .graphics(var graphics) = device else { return device }
            graphics.password = nil
            return .graphics(graphics)
        }
        return definition
    }
}

extension DomainDefinition {
    /// The displays here that had a password in `before`, an older definition of the domain, and have none now. Displays
    /// of one kind are distinguished by their order.
    package func displaysWithoutPassword(since before: DomainDefinition) -> [Graphics] {
        GraphicsKind.allCases.flatMap { kind in
            zip(graphics(kind), before.graphics(kind)).filter { $0.password == nil && $1.password != nil }.map(\.0)
        }
    }

    private func graphics(_ kind: GraphicsKind) -> [Graphics] {
        devices.compactMap { device in
            if case .graphics(let graphics) = device, graphics.kind == kind { graphics } else { nil }
        }
    }
}
