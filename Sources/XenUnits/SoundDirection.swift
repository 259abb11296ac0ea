/// Which way a stream goes. The raw value is libxl's word. Source: `libxl_vsnd_stream_type`.
public enum SoundDirection: String, Hashable, Sendable, Codable, CaseIterable {
    case playback = "p"
    case capture = "c"
}
