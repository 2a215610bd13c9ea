import Domain
import WorkerCore

/// The network between the workers and the coordinator, with nng's habits: an answer to a
/// connection that is gone vanishes silently, and one that comes after its time-out too.
extension Simulation {
    /// How long a message takes.
    private var latency: Int64 {
        if plan.slowDelivery > 0, !isHealed, random.chance(plan.slowDelivery) {
            return Int64(random.pick(100...8_000))
        }
        return Int64(random.pick(1...40))
    }

    private func isLost() -> Bool {
        plan.loss > 0 && !isHealed && random.chance(plan.loss)
    }

    /// A worker's request leaves.
    func transmit(_ request: WorkerRequest, timeout: Int64, from worker: Int) {
        lastCall += 1
        let call = Call(
            number: lastCall, worker: worker, life: workers[worker].life,
            pipe: workers[worker].pipe, request: request)
        calls[call.number] = call
        add(.timeout(call.number), after: timeout)
        guard workers[worker].cutOutUntil <= time,
            workers[worker].wedgedPipe != call.pipe, !isLost()
        else { return }
        add(.request(call), after: latency)
        if plan.duplication > 0, !isHealed, random.chance(plan.duplication) {
            add(.request(call), after: Int64(random.pick(1...20_000)))
        }
    }

    /// An answer leaves.
    func send(_ reply: WorkerReply, to call: Call) {
        checkSent(reply, to: call)
        guard workers[call.worker].pipe == call.pipe, workers[call.worker].life == call.life,
            workers[call.worker].cutInUntil <= time,
            workers[call.worker].wedgedPipe != call.pipe, !isLost()
        else { return }
        add(.reply(call.number, reply), after: latency)
    }

    func deliver(_ reply: WorkerReply, to number: Int) {
        guard let call = calls[number], workers[call.worker].pipe == call.pipe else { return }
        calls[number] = nil
        tell(
            call.worker, call.life,
            .reply(
                channel: call.request.channel, sequence: call.request.sequence, reply))
    }

    /// No answer came in time, or the connection broke.
    func giveUp(_ number: Int) {
        guard let call = calls.removeValue(forKey: number) else { return }
        tell(
            call.worker, call.life,
            .lost(channel: call.request.channel, sequence: call.request.sequence))
    }

    /// The connection of a worker ends and a new one begins.
    func reconnect(_ worker: Int, isNoticed: Bool) {
        let old = workers[worker].pipe
        workers[worker].pipe += 1
        let open = calls.values.filter { $0.worker == worker && $0.pipe == old }
        for call in open.sorted(by: { $0.number < $1.number }) where random.chance(0.8) {
            add(.timeout(call.number), after: Int64(random.pick(1...30)))
        }
        guard isNoticed else { return }
        add(
            .pipeBroke(workers[worker].id, pipe: old),
            after: Int64(random.pick(1...(random.chance(0.9) ? 100 : 5_000))))
    }

    /// Whether bytes can go between a worker and others.
    func isReachable(_ worker: Int) -> Bool {
        workers[worker].isAlive && workers[worker].frozenUntil <= time
            && workers[worker].cutInUntil <= time && workers[worker].cutOutUntil <= time
    }
}
