import LibXML
import XenModel

// `/domain/clock/timer`.
extension Timer {
    static func read(_ reader: ElementReader) throws(DomainXMLError) -> Timer {
        var timer = Timer(name: try reader.requiredWord("name"))
        timer.isPresent = try reader.yesOrNo("present")
        timer.mode = try reader.word("mode")
        let frequency = try reader.number(attribute: "frequency", in: 0...UInt64.max)
        timer.frequency = frequency == 0 ? nil : frequency
        timer.tickPolicy = try reader.word("tickpolicy")
        return timer
    }

    var element: XMLElement {
        var element = XMLElement("timer")
        element.set("name", name.rawValue)
        element.set("present", isPresent?.yesOrNo)
        element.set("tickpolicy", tickPolicy?.rawValue)
        element.set("frequency", frequency?.description)
        element.set("mode", mode?.rawValue)
        return element
    }
}
