public import LibxlAPI

/// Something that is to go wrong in calls to come.
public struct FakeFault: Hashable, Sendable {
    /// In which calls.
    public var operation: FakeOperation
    /// After which of `FakeOperation.steps`; nil is before the first, when nothing is done yet.
    public var step: String?
    /// How often the place is passed unharmed first.
    public var skip: Int
    /// How often it strikes then; nil is for ever.
    public var times: Int?
    /// What happens.
    public var effect: Effect

    /// A fault of `operation` that strikes once, the next time that its `step` is reached.
    public init(
        _ effect: Effect, in operation: FakeOperation, after step: String? = nil, skip: Int = 0, times: Int? = 1
    ) {
        self.operation = operation
        self.step = step
        self.skip = skip
        self.times = times
        self.effect = effect
    }

    /// What a fault does.
    public enum Effect: Hashable, Sendable {
        /// The call ends with this code; a call of xenstore or of the network with its own error.
        case fail(LibxlError.Code)
        /// The call goes no further and is aborted at its deadline; one without a deadline ends when it is cancelled.
        case stall
        /// The process is killed on the spot, by SIGKILL.
        case die
    }
}

extension FakeFault: Codable {
    enum CodingKeys: String, CodingKey {
        case operation, step, skip, times, fail, stall, die
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        operation = try values.decode(FakeOperation.self, forKey: .operation)
        step = try values.decodeIfPresent(String.self, forKey: .step)
        skip = try values.decodeIfPresent(Int.self, forKey: .skip) ?? 0
        times = try values.decodeIfPresent(Int.self, forKey: .times)
        if let code = try values.decodeIfPresent(Int32.self, forKey: .fail) {
            effect = .fail(LibxlError.Code(rawValue: code))
        } else if try values.decodeIfPresent(Bool.self, forKey: .stall) == true {
            effect = .stall
        } else if try values.decodeIfPresent(Bool.self, forKey: .die) == true {
            effect = .die
        } else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "a fault needs one of fail, stall and die"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(operation, forKey: .operation)
        try values.encodeIfPresent(step, forKey: .step)
        if skip != 0 { try values.encode(skip, forKey: .skip) }
        try values.encodeIfPresent(times, forKey: .times)
        switch effect {
        case .fail(let code): try values.encode(code.rawValue, forKey: .fail)
        case .stall: try values.encode(true, forKey: .stall)
        case .die: try values.encode(true, forKey: .die)
        }
    }
}
