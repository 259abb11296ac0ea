import Foundation
import LibxlTestKit

// judge-libvirt STUB DIFFERENCES COUNT SEED [--name-unused] FILE...
//
// For each FILE, each part of it, and COUNT documents that are drawn from SEED: what libvirt's driver, with the library STUB
// loaded before its daemon, tells libxl of the document is what Xenkeeper tells it, or is in the list of DIFFERENCES on
// purpose. Of a document that differs otherwise, the parts that make it differ are shown. With --name-unused a line of
// DIFFERENCES that no document needs is a failure as well.

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 4, let count = Int(arguments[2]), let seed = UInt64(arguments[3]) else {
    print("usage: judge-libvirt STUB DIFFERENCES COUNT SEED [--name-unused] FILE...")
    exit(2)
}
var failures = 0
do {
    let list = URL(filePath: arguments[1])
    let libvirt = try RealLibvirt(stub: arguments[0])
    defer { libvirt.stop() }
    var judge = Judge(libvirt: libvirt, purposes: try Purposes(String(contentsOf: list, encoding: .utf8)))
    var documents: [Document] = []
    for file in arguments.dropFirst(4) where file != "--name-unused" {
        let place = URL(filePath: file)
        let whole = try Document(name: place.lastPathComponent, content: Array(Data(contentsOf: place)))
        documents += [whole] + whole.apart
    }
    var generator = Generator(seed: seed)
    for number in 0..<count { documents.append(generator.document(number)) }

    var counts: [String: Int] = [:]
    var shown: Set<String> = []
    for document in documents {
        let judgement = try judge.judgement(of: document)
        counts[judgement.verdict.rawValue, default: 0] += 1
        guard judgement.verdict == .failed else { continue }
        failures += 1
        // One kind of difference is shown once.
        guard !judgement.kinds.isSubset(of: shown) else { continue }
        let least = try judge.reduced(document, differingIn: judgement.kinds.subtracting(shown))
        let what = try judge.judgement(of: least)
        shown.formUnion(what.kinds)
        print("FAIL\t\(document.name)")
        for difference in what.unexplained { print("\t\(difference)") }
        print(least.text)
    }
    print("judge-libvirt: " + counts.sorted(by: <).map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    for entry in judge.purposes.unused where arguments.contains("--name-unused") {
        failures += 1
        print("FAIL\t\(list.lastPathComponent):\(entry.line)\tno document differs so any more")
    }
} catch {
    print("judge-libvirt: \(error)")
    exit(2)
}
exit(failures == 0 ? 0 : 1)
