import LibxlAPI
import XLConfig
public import XenModel
import XenUnits

/// Many xl.cfg files on their way to definitions, one after the other.
///
/// Only new domains are defined: a name or UUID that a definition or an earlier file has is refused.
public struct XLImport: Sendable {
    private let driver: Driver
    private let call: Call
    private let isDryRun: Bool
    private let namesDevices: Bool
    /// Which file had a name or UUID first.
    private var takenNames: [DomainName: String] = [:]
    private var takenUUIDs: [DomainUUID: String] = [:]

    /// An import through `driver`; with `isDryRun` all is looked at and nothing is defined, with `namesDevices` each
    /// device gets an alias (`ua-disk-xvda`, `ua-net0` …), for no file has any. All of it is one call.
    public init(_ driver: Driver, isDryRun: Bool, namesDevices: Bool = false, options: CallOptions = CallOptions()) {
        self.driver = driver
        call = driver.begin(options)
        self.isDryRun = isDryRun
        self.namesDevices = namesDevices
    }

    /// What became of a file.
    public struct Entry: Hashable, Sendable {
        public var file: String
        /// nil if the file could not be read so far.
        public var domain: DomainName?
        public var result: Result
        /// What of the file is not in the definition.
        public var notCarried: [DriverNotice] = []
        /// What is to be known of the definition.
        public var warnings: [DriverNotice] = []

        /// The entry of a file of which `result` became.
        public init(file: String, domain: DomainName? = nil, result: Result) {
            self.file = file
            self.domain = domain
            self.result = result
        }
    }

    /// How it ended.
    public enum Result: Hashable, Sendable {
        case defined
        /// Nothing was done, for it was a dry run.
        case wouldBeDefined
        /// Nothing was done, for the reason named.
        case refused(String)
    }

    /// Defines the domain of a file's `text`. A file that is refused leaves nothing behind.
    public mutating func add(_ file: String, _ text: [UInt8]) async -> Entry {
        await FileThreads.run { await define(file, text) }
    }

    private mutating func define(_ file: String, _ text: [UInt8]) async -> Entry {
        guard !Task.isCancelled else { return Entry(file: file, result: .refused("the import was given up")) }
        var entry = Entry(file: file, result: isDryRun ? .wouldBeDefined : .defined)
        do throws(DriverError) {
            let read = try Driver.readXL(text)
            var definition = read.definition
            if namesDevices { definition.nameDevices() }
            entry.domain = definition.name
            entry.notCarried = read.notices.map(DriverNotice.xlConfig)
            let running = try await driver.running(definition.name)
            if !read.hasUUID, let running { definition.uuid = running.uuid }
            try await take(definition, for: file, &entry)
            if let domid = running?.info?.domid {
                let notice = DefinitionNotice.runsElsewhere(domid, uuid: read.hasUUID ? nil : definition.uuid)
                entry.warnings.append(.definition(notice, domain: definition.name.text))
            }
            takenNames[definition.name] = file
            takenUUIDs[definition.uuid] = file
        } catch {
            entry.result = .refused("\(error)")
        }
        return entry
    }

    private func take(
        _ definition: DomainDefinition, for file: String, _ entry: inout Entry
    ) async throws(DriverError) {
        if let earlier = takenNames[definition.name] ?? takenUUIDs[definition.uuid] {
            throw .takenByFile(domain: definition.name.text, file: earlier)
        }
        try Driver.requireOrdinary(definition)
        entry.warnings = definition.warnings
        if isDryRun {
            try await driver.requireFreeName(definition)
            try driver.requireUndefined(definition)
        } else {
            entry.warnings = try await driver.define(definition, notices: entry.warnings, isNew: true, call).warnings
        }
    }
}
