import Crypto
public import PurserEngine
import Wire

extension Stage {
    /// Registers at a provider and lets time pass until that has ended; nil where it never did.
    public func register(at name: String? = nil, initial: String? = nil) -> Result<ClientChange, ClientProblem>? {
        let name = name ?? names[0]
        return perform { door, _ in
            do throws(ClientProblem) {
                return .success(try await door.registerClient(name, initial: initial.map { Secret($0) }))
            } catch { return .failure(error) }
        }
    }

    /// Goes back to the folder's own client.
    public func removeClient(at name: String? = nil) -> ClientChange? {
        let name = name ?? names[0]
        return perform { door, _ in try? await door.removeClient(name) } ?? nil
    }

    /// Who we are at a provider, as it is shown.
    public func client(at name: String? = nil) -> ClientFacts? {
        let name = name ?? names[0]
        let all = perform { door, _ in (try? await door.clients()) ?? [] }
        return all?.first { $0.provider == name }
    }
}
