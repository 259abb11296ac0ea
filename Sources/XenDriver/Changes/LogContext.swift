import Logging
import XenModel

/// What the log lines of the task at hand are about: a domain, then a change of it.
enum LogContext {
    @TaskLocal static var metadata: Logger.Metadata = [:]

    /// Does `body`, whose log lines carry `more` beside what they carry already.
    static func with<Value, Failure: Error>(
        _ more: Logger.Metadata, _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let all = metadata.merging(more) { $1 }
        return try await $metadata.withValue(all) { () async -> Result<Value, Failure> in
            do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
        }.get()
    }
}

extension Logger {
    /// This logger, whose lines say what the task at hand is about.
    var here: Logger {
        var logger = self
        for (key, value) in LogContext.metadata { logger[metadataKey: key] = value }
        return logger
    }
}

extension Change {
    /// What log lines say of it.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = ["change": "\(kind.rawValue)"]
        if let alias = target?.device.value.alias { metadata["alias"] = "\(alias)" }
        return metadata
    }
}
