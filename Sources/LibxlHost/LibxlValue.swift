import CXenInterface
import FoundationEssentials
import LibxlAPI
import XenUnits

extension LibxlContext {
    /// Calls libxl with `value` as its structure `type`, which is gone when `body` returns: libxl copies what it keeps.
    ///
    /// libxl reads the value from JSON and skips what it does not know. So it is asked what it has read, and anything that it
    /// left out or took for something else is an error, before the call.
    func call(
        _ call: String, with value: some Encodable, as type: String, _ body: (OpaquePointer) -> Int32
    ) throws(LibxlError) {
        let (asked, text) = try json(of: value, call)
        if let zero = asked.zeroByte {
            throw invalid(call, zero, "the text has a zero byte in it")
        }
        let structure = try read(asked, text, type, call)
        defer { shim.functions.value_free(structure) }
        guard let printed = shim.functions.value_print(raw, structure)?.taken() else {
            throw error(LibxlError.Code.failed.rawValue, in: call, log: "libxl cannot print what it was given")
        }
        let known: JSONValue
        do {
            known = try JSONValue(parsing: printed)
        } catch {
            throw LibxlError(.failed, in: call, log: "what libxl prints is no JSON: \(error)")
        }
        if let difference = asked.difference(from: known) {
            let reason =
                difference.found.map { "this host's libxl (\(shim.release)) makes \($0.text) of it" }
                ?? "this host's libxl (\(shim.release)) has no such member"
            throw invalid(call, difference, reason)
        }
        try check(body(structure), call)
    }

    private func json(of value: some Encodable, _ call: String) throws(LibxlError) -> (JSONValue, String) {
        do {
            let bytes = try JSONEncoder().encode(value)
            return (
                try JSONDecoder().decode(JSONValue.self, from: bytes), String(decoding: bytes, as: UTF8.self)
            )
        } catch {
            throw LibxlError(.invalid, in: call, log: "the value is none of JSON: \(error)")
        }
    }

    /// The structure as libxl reads it. One word that libxl does not know fails the whole: which one it is is found by
    /// leaving out each.
    private func read(
        _ asked: JSONValue, _ text: String, _ type: String, _ call: String
    ) throws(LibxlError) -> OpaquePointer {
        var structure: OpaquePointer?
        let code = shim.functions.value_read(raw, type, text, &structure)
        if code == 0, let structure { return structure }
        guard code != LibxlError.Code.noMemory.rawValue else { throw error(code, in: call) }
        forgetLog()
        for (path, rest) in asked.withoutEach {
            var structure: OpaquePointer?
            guard shim.functions.value_read(raw, type, rest.text, &structure) == 0 else { continue }
            if let structure { shim.functions.value_free(structure) }
            forgetLog()
            throw invalid(
                call, LibxlDifference(path: path, found: nil),
                "this host's libxl (\(shim.release)) cannot read what is asked for")
        }
        throw error(code, in: call, log: "this host's libxl (\(shim.release)) cannot read what is asked for")
    }

    private func invalid(_ call: String, _ difference: LibxlDifference, _ reason: String) -> LibxlError {
        LibxlError(.invalid, in: call, log: "\(difference.member): \(reason) (\(difference.place))")
    }

    /// What libxl printed, as `body` has it.
    func printed<Value: Decodable>(
        _ call: String, _ body: (inout UnsafeMutablePointer<CChar>?) -> Int32
    ) throws(LibxlError) -> Value {
        var json: UnsafeMutablePointer<CChar>?
        let code = body(&json)
        let text = json?.taken()
        try check(code, call)
        do {
            let decoder = JSONDecoder()
            decoder.userInfo[.isListedByLibxl] = true
            return try decoder.decode(Value.self, from: Data((text ?? "").utf8))
        } catch {
            throw LibxlError(.failed, in: call, log: "what libxl answers cannot be read: \(error)")
        }
    }
}

extension LibxlDomainConfig {
    /// Refuses what libxl would take and do something else with.
    func requireFit(_ call: String) throws(LibxlError) {
        func refuse(_ member: String, _ reason: String) -> LibxlError {
            LibxlError(.invalid, in: call, log: "\(member): \(reason)")
        }
        if let stray = buildInfo.availableVCPUs.first(where: { $0 >= buildInfo.maxVCPUs }) {
            throw refuse("avail_vcpus", "there is no vCPU \(stray) among \(buildInfo.maxVCPUs)")
        }
        // libxl puts the first one on line where a map has no room.
        guard !buildInfo.availableVCPUs.isEmpty else { throw refuse("avail_vcpus", "no vCPU is on line") }
        let affinities = [
            ("vcpu_hard_affinity", buildInfo.vcpuHardAffinity), ("vcpu_soft_affinity", buildInfo.vcpuSoftAffinity),
        ]
        for (member, maps) in affinities where maps.contains(where: \.isEmpty) {
            throw refuse(member, "a vCPU has no processor to run on")
        }
        let maps = [("cpumap", buildInfo.cpumap), ("nodemap", buildInfo.nodemap)]
        for (member, numbers) in maps + affinities.flatMap({ pair in pair.1.map { (pair.0, $0) } }) {
            guard let stray = numbers.first(where: { $0 > Self.largestNumber }) else { continue }
            throw refuse(member, "\(stray) is more than \(Self.largestNumber)")
        }
        for policy in buildInfo.cpuid {
            for bits in [policy.eax, policy.ebx, policy.ecx, policy.edx].compactMap(\.self) {
                guard bits.utf8.count != 32 || !bits.allSatisfy("01xks".contains) else { continue }
                throw refuse("cpuid", "'\(bits)' is not 32 of the characters 0, 1, x, k, s")
            }
            guard policy.subleaf != .max else { throw refuse("cpuid", "there is no subleaf \(UInt32.max)") }
        }
    }

    /// Far above any processor's number, and small enough to hold a bit for each below it.
    private static let largestNumber: UInt32 = 65535
}
