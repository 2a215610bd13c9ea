import Foundation

extension IdentityError: CustomStringConvertible {
    /// One sentence: what is wrong, and what to do.
    public var description: String {
        frameSentence ?? certificateSentence ?? tokenSentence ?? fileSentence ?? "Refused."
    }

    private var frameSentence: String? {
        switch self {
        case .tooManyDigests(let count, let limit):
            "A ticket was to list \(count) blobs of at most \(limit); make several passes."
        case .malformedPass:
            "A blob pass has a key or a ticket of an impossible length; ask the coordinator for "
                + "a new one."
        case .plainFrame:
            "A request for blobs came unsealed, but this cluster seals them; join the cluster "
                + "first (`spokeshave worker join`)."
        case .unknownTicket:
            "The ticket was not made for this holder of blobs; ask the coordinator for a new pass."
        case .expiredTicket(let end, let now):
            "The ticket ended at \(moment(end)) and it is \(moment(now)) here; ask the "
                + "coordinator for a new pass, and check the clocks of both machines."
        case .tamperedFrame:
            "A sealed frame was changed on its way, or was sealed for somebody else; try again."
        case .refusedFrame(let refusal): "The holder refused the frame: \(refusal.reason)."
        case .malformedSessionFrame:
            "The bytes are no frame of a session; are both sides of the same version?"
        case .wrongCode:
            "The frame was not made by the owner of its session, or was changed on its way; open "
                + "a new session."
        case .replayedFrame(let counter):
            "Frame \(counter) of this session came before, or is too old; every request needs a "
                + "new counter."
        case .wrongSignature(let node):
            "The opening was not signed with the key of \(node)'s certificate; join again to get "
                + "a matching pair."
        default: nil
        }
    }

    private var certificateSentence: String? {
        switch self {
        case .malformedCertificate(let why):
            "The certificate cannot be used: \(why); join again with a new token."
        case .malformedKey:
            "The key is no ECDSA P-256 key in PEM; restore it from a backup or join again."
        case .malformedRequest(let why):
            "The certificate request cannot be signed: \(why)."
        case .wrongAuthority(let cluster):
            "The certificate was not signed by the authority of cluster \(cluster); join this "
                + "cluster with one of its tokens."
        case .expiredCertificate(let node, let end, let now):
            "The certificate of \(node) ended at \(moment(end)) and it is \(moment(now)) here; "
                + "join again with a new token, and check this machine's clock."
        case .notYetValid(let node, let start, let now):
            "The certificate of \(node) begins at \(moment(start)) and it is \(moment(now)) here; "
                + "check the clocks of both machines."
        case .wrongUsage(let node):
            "The certificate of \(node) is not for clients; join again to get one that is."
        case .wrongName(let name):
            "The certificate's name \"\(name)\" is no role and name such as worker:w-1; join "
                + "again with a new token."
        case .revoked(let node):
            "The certificate of \(node) was revoked; ask an administrator for a new token."
        case .unsuitableAuthority(let why): "The authority's certificate cannot be used: \(why)."
        case .authorityExpired(let cluster, let end):
            "The authority of cluster \(cluster) ended at \(moment(end)); make a new one with "
                + "`spokeshave cluster init` and join all machines again."
        case .noAuthorityKey(let cluster):
            "The key of cluster \(cluster)'s authority is not here, so that nothing can be "
                + "signed; sign elsewhere, or put ca-key.pem into the folder."
        case .badClusterID(let text):
            "\"\(text)\" cannot name a cluster; use 1 to 40 of a-z, 0-9 and inner hyphens."
        case .badNodeName(let text):
            "\"\(text)\" cannot name a node; use 1 to 48 of letters, digits, '.', '_' and '-'."
        default: nil
        }
    }

    private var tokenSentence: String? {
        switch self {
        case .malformedToken:
            "This is no join token; copy all of it, from skv1 to its end."
        case .unknownToken(let id):
            "No token \(id) with this secret is open; make one with `spokeshave cluster token`."
        case .expiredToken(let id):
            "Token \(id) has expired; make a new one with `spokeshave cluster token`."
        case .spentToken(let id):
            "Token \(id) was used as often as it may be; make a new one with "
                + "`spokeshave cluster token`."
        case .tokenForAnother(let id, let name):
            "Token \(id) was made for the name \(name) only; join with that name."
        case .badTokenTerms:
            "A token may be used 1 to \(TokenRegister.usesMax) times and live 1 minute to 90 days."
        case .tooManyTokens(let limit):
            "There are \(limit) open tokens, which is the limit; let some be used or expire."
        case .nameTaken(let node):
            "Another machine holds a certificate as \(node); choose another name, or have a "
                + "token made for that name."
        case .tooManyNames(let limit):
            "\(limit) nodes hold certificates, which is the limit; use fewer names, or wait until "
                + "some certificates end."
        case .denyListFull(let limit):
            "The deny list holds \(limit) entries, which is the limit; make a new authority."
        case .pinMismatch:
            "The authority at this address is not the one that the token names; check the "
                + "address, and do not use the token elsewhere."
        default: nil
        }
    }

    private var fileSentence: String? {
        switch self {
        case .missingFile(let path): "\(path) is missing; restore it, or set the folder up anew."
        case .unreadableFile(let path, let reason): "\(path) cannot be used: \(reason)."
        case .exposedFile(let path):
            "\(path) holds a secret and other users can read it; run chmod 600 on it."
        case .unwritableFile(let path, let reason): "\(path) cannot be written: \(reason)."
        case .authorityExists(let folder):
            "\(folder) has an authority already; use it, or choose another folder."
        case .mismatchedKey(let path):
            "The key in \(path) does not belong to its certificate; restore the pair that does."
        default: nil
        }
    }
}

extension FrameRefusal {
    fileprivate var reason: String {
        switch self {
        case .plainFrame: "it takes sealed frames only"
        case .unknownTicket: "the ticket was made for another holder, or before it restarted"
        case .expiredTicket: "the ticket has ended, or the clocks of the machines differ"
        case .tamperedFrame: "the frame was changed on its way"
        }
    }
}

private func moment(_ unixMs: Int64) -> String {
    Date(timeIntervalSince1970: Double(unixMs) / 1_000).formatted(.iso8601)
}
