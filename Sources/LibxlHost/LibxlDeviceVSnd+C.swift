#if Xen
import CLibxl
import CXenShim
import LibxlAPI
import XenUnits

extension LibxlDeviceVSnd: LibxlDevicePart {
    static var array: WritableKeyPath<libxl_domain_config, UnsafeMutablePointer<CStructure>?> { \.vsnds }
    static var count: WritableKeyPath<libxl_domain_config, Int32> { \.num_vsnds }
    static var cKind: cxen_kind { CXEN_VSND }

    static func initialise(_ structure: UnsafeMutablePointer<libxl_device_vsnd>) {
        libxl_device_vsnd_init(structure)
    }

    func fill(_ structure: inout libxl_device_vsnd) throws(Unfit) {
        structure.backend_domid = backendDomainID.rawValue
        structure.backend_domname = try backendDomainName.duplicated(for: "backend_domname")
        structure.devid = devid.rawValue
        structure.short_name = try shortName.duplicated(for: "short_name")
        structure.long_name = try longName.duplicated(for: "long_name")
        try parameters.fill(&structure.params)
        try pcms.fill(&structure.pcms, count: &structure.num_vsnd_pcms, "pcms")
    }
}

extension LibxlVSndPCM: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_vsnd_pcm>) {
        libxl_vsnd_pcm_init(structure)
    }

    func fill(_ structure: inout libxl_vsnd_pcm) throws(Unfit) {
        structure.name = try name.duplicated(for: "name")
        try parameters.fill(&structure.params)
        try streams.fill(&structure.streams, count: &structure.num_vsnd_streams, "streams")
    }
}

extension LibxlVSndStream: LibxlPart {
    static func initialise(_ structure: UnsafeMutablePointer<libxl_vsnd_stream>) {
        libxl_vsnd_stream_init(structure)
    }

    func fill(_ structure: inout libxl_vsnd_stream) throws(Unfit) {
        structure.unique_id = try uniqueID.duplicated(for: "unique_id")
        if let type { structure.type = type.cValue }
        try parameters.fill(&structure.params)
    }
}

extension LibxlVSndParams {
    func fill(_ structure: inout libxl_vsnd_params) throws(Unfit) {
        try sampleRates.fill(&structure.sample_rates, count: &structure.num_sample_rates, "sample_rates")
        try sampleFormats.map(\.cValue).fill(
            &structure.sample_formats, count: &structure.num_sample_formats, "sample_formats")
        structure.channels_min = channelsMinimum
        structure.channels_max = channelsMaximum
        structure.buffer_size = bufferSize
    }
}

extension [libxl_vsnd_pcm_format] {
    fileprivate func fill(
        _ array: inout UnsafeMutablePointer<libxl_vsnd_pcm_format>?, count: inout Int32, _ field: String
    ) throws(Unfit) {
        guard let first = try makeRoom(libxl_vsnd_pcm_format.self, for: field) else { return }
        array = first
        count = Int32(self.count)
        for (index, format) in enumerated() { first[index] = format }
    }
}
#endif
