import Glibc

extension DoorLoop {
    /// Something happened to the client's connection.
    func hear(client relay: Relay, _ event: Poller.Event) {
        // Broken means reset: whatever it said before, nobody waits for the answer.
        if event.isBroken { return dismiss(relay) }
        switch relay.phase {
        case .silent:
            switch TCPSocket.hasBytes(relay.client) {
            case nil: finish(relay)
            case false?: break
            case true?:
                relay.phase = .queued
                refresh(relay)
                obey(book.speak(relay.number, at: now))
            }
        case .queued, .connecting, .ruining, .ended: break
        case .open:
            if event.isWritable { passDown(relay) }
            if event.isReadable, relay.phase == .open { passUp(relay) }
        case .draining:
            if event.isWritable { drain(relay) }
        }
    }

    /// Something happened to the connection to nng.
    func hear(upstream relay: Relay, _ event: Poller.Event) {
        switch relay.phase {
        case .connecting:
            guard TCPSocket.isConnected(relay.upstream) else { return finish(relay) }
            relay.phase = .open
            passUp(relay)
        case .open:
            if event.isWritable { passUp(relay) }
            guard relay.phase == .open else { return }
            if event.isBroken { return upstreamEnded(relay) }
            if event.isReadable { passDown(relay) }
        case .ruining: hearRuined(relay, event)
        case .silent, .queued, .draining, .ended: break
        }
    }

    /// Nothing of what nng says now matters; only that it hangs up.
    private func hearRuined(_ relay: Relay, _ event: Poller.Event) {
        if event.isBroken || !relay.toUpstream.flush(to: relay.upstream) { return finish(relay) }
        if event.isReadable, receive(upTo: Self.chunkBytes, from: relay.upstream) == nil {
            return finish(relay)
        }
        refresh(relay)
    }

    /// From the client to nng.
    private func passUp(_ relay: Relay) {
        guard relay.toUpstream.flush(to: relay.upstream) else { return upstreamEnded(relay) }
        let room = roomForClient(of: relay)
        guard relay.toUpstream.isEmpty, room > 0 else { return refresh(relay) }
        guard let count = receive(upTo: room, from: relay.client) else { return dismiss(relay) }
        if relay.isStranger { relay.bytesAsStranger += count }
        if duty.isTLS { relay.clientTrail.follow(scratch.span.extracting(first: count)) }
        guard send(count, to: relay.upstream, keepingRestIn: &relay.toUpstream) else {
            return upstreamEnded(relay)
        }
        refresh(relay)
    }

    /// From nng to the client.
    private func passDown(_ relay: Relay) {
        guard relay.toClient.flush(to: relay.client) else { return dismiss(relay) }
        guard relay.toClient.isEmpty else { return refresh(relay) }
        guard let count = receive(upTo: Self.chunkBytes, from: relay.upstream) else {
            return upstreamEnded(relay)
        }
        if relay.isStranger, duty.admission == .handshake {
            relay.serverTrail.follow(scratch.span.extracting(first: count))
        }
        guard send(count, to: relay.client, keepingRestIn: &relay.toClient) else {
            return dismiss(relay)
        }
        if relay.isStranger, relay.serverTrail.hasSeenData { admit(relay.number) }
        refresh(relay)
    }

    /// nng has hung up: what it said last, such as why, still goes to the client.
    private func upstreamEnded(_ relay: Relay) {
        while relay.toClient.count < Self.chunkBytes,
            let count = receive(upTo: Self.chunkBytes, from: relay.upstream), count > 0
        {
            relay.toClient.append(scratch[..<count])
        }
        relay.closeUpstream()
        doorman.strike(relay)
        relay.toUpstream = Backlog()
        relay.phase = .draining
        // nng has let go, so that the room is free.
        obey(book.leave(relay.number, at: now))
        deadlines[relay.number] = now + Self.drainPatience
        drain(relay)
    }

    private func drain(_ relay: Relay) {
        guard relay.toClient.flush(to: relay.client), !relay.toClient.isEmpty else {
            return finish(relay)
        }
        refresh(relay)
    }

    /// Reads into the scratch; 0 when nothing waits, nil when the connection has ended.
    private func receive(upTo limit: Int, from descriptor: Int32) -> Int? {
        unsafe scratch.withUnsafeMutableBytes { buffer in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit))
            return unsafe TCPSocket.receive(into: room, from: descriptor)
        }
    }

    /// Writes the first `count` bytes of the scratch; false when the connection has ended.
    private func send(
        _ count: Int, to descriptor: Int32, keepingRestIn backlog: inout Backlog
    ) -> Bool {
        guard count > 0 else { return true }
        let sent = unsafe scratch.withUnsafeBytes { buffer in
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
            return unsafe TCPSocket.send(bytes, to: descriptor)
        }
        guard let sent else { return false }
        if sent < count { backlog.append(scratch[sent..<count]) }
        return true
    }
}
