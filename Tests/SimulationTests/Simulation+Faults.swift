import Domain
import Scheduling
import WorkerCore

/// Something that goes wrong, or that people do.
enum Fault {
    case reset(Int)
    case partition(Int)
    case wedge(Int)
    case kill(Int)
    case powerCut(Int)
    case freeze(Int)
    case slow(Int)
    case loseFolder(Int)
    case clone(Int)
    case jump(Int)
    case sicken(Int)
    case fillDisk(Int)
    case flip(Int)
    case killCoordinator
    case cutCoordinator
    case makeReadOnly
    case fillCoordinator
    case flipAtCoordinator
    case drain(Int)
    case terminate(Int)
    case cancel(Int)
}

extension Simulation {
    /// All faults of the plan, each with the machine that it strikes.
    func faultsOfPlan() -> [Fault] {
        var faults: [Fault] = []
        func draw(_ count: Int, _ make: (Int) -> Fault) {
            for _ in 0..<count { faults.append(make(random.pick(0...workers.count - 1))) }
        }
        draw(plan.resets) { .reset($0) }
        draw(plan.partitions) { .partition($0) }
        draw(plan.wedges) { .wedge($0) }
        draw(plan.kills) { .kill($0) }
        draw(plan.powerCuts) { .powerCut($0) }
        draw(plan.freezes) { .freeze($0) }
        draw(plan.slowings) { .slow($0) }
        draw(plan.lostFolders) { .loseFolder($0) }
        draw(plan.clones) { .clone($0) }
        draw(plan.clockJumps ? 3 : 0) { .jump($0) }
        draw(plan.sickHosts) { .sicken($0) }
        draw(plan.fullDisks) { .fillDisk($0) }
        draw(plan.flips) { .flip($0) }
        draw(plan.coordinatorKills) { _ in .killCoordinator }
        draw(plan.coordinatorPowerCuts) { _ in .cutCoordinator }
        draw(plan.readOnlyPhases) { _ in .makeReadOnly }
        draw(plan.coordinatorFullDisks) { _ in .fillCoordinator }
        draw(plan.coordinatorFlips) { _ in .flipAtCoordinator }
        draw(plan.drains) { .drain($0) }
        draw(plan.terminations) { .terminate($0) }
        draw(plan.cancels) { .cancel($0 % workloads.count) }
        return faults
    }

    private func until(_ least: Int, _ most: Int) -> Int64 {
        time + Int64(random.pick(least...most))
    }

    func inject(_ fault: Fault) {
        tellStory("fault: \(fault)")
        switch fault {
        case .reset(let worker): reconnect(worker, isNoticed: random.chance(0.8))
        case .partition(let worker): partition(worker)
        case .wedge(let worker): workers[worker].wedgedPipe = workers[worker].pipe
        case .kill(let worker): kill(worker)
        case .powerCut(let worker): cutPower(of: worker)
        case .freeze(let worker):
            if workers[worker].isAlive { workers[worker].frozenUntil = until(5_000, 60_000) }
        case .slow(let worker): workers[worker].slowUntil = until(5_000, 40_000)
        case .loseFolder(let worker):
            kill(worker)
            workers[worker].disk = [:]
        case .clone(let worker): clone(worker)
        case .jump(let worker):
            workers[worker].wallOffset = random.chance(0.5) ? 3_600_000 : -3_600_000
        case .sicken(let worker): workers[worker].sickUntil = until(10_000, 60_000)
        case .fillDisk(let worker): workers[worker].fullUntil = until(2_000, 20_000)
        case .flip(let worker): flip(worker)
        case .drain(let worker):
            react(to: .drainWorker(workers[worker].id))
            planFlush()
        case .terminate(let worker):
            let life = workers[worker].life
            tell(worker, life, .terminate)
            if random.chance(0.4) {
                add(
                    .tell(worker: worker, life: life, .terminate),
                    after: Int64(random.pick(10...20_000)))
            }
        default: injectAtCoordinator(fault)
        }
    }

    private func injectAtCoordinator(_ fault: Fault) {
        switch fault {
        case .killCoordinator: crashCoordinator(losesPower: false)
        case .cutCoordinator: crashCoordinator(losesPower: true)
        case .makeReadOnly:
            guard !isReadOnly else { return setReadOnly(false) }
            setReadOnly(true)
            add(.fault(.makeReadOnly), after: Int64(random.pick(1_000...20_000)))
        case .fillCoordinator: coordinatorFullUntil = until(1_000, 15_000)
        case .flipAtCoordinator:
            // What the submitter brought is not touched: nobody could make it again.
            let sources = Set((0...3).map { Workload.source($0).digest })
            guard
                let digest = durable.keys.filter({ !sources.contains($0) }).sorted()
                    .randomElement(using: &random)
            else { return }
            durable[digest]?.isDamaged = true
            checker.excused.insert(digest)
            checker.flipped.insert(digest)
        case .cancel(let number): cancel(number)
        default: return
        }
    }

    private func setReadOnly(_ isOn: Bool) {
        isReadOnly = isOn
        react(to: .granting(!isOn))
        planFlush()
    }

    private func partition(_ worker: Int) {
        let end = until(1_000, 70_000)
        switch random.pick(0...3) {
        case 0: workers[worker].cutOutUntil = end
        case 1: workers[worker].cutInUntil = end
        default: (workers[worker].cutOutUntil, workers[worker].cutInUntil) = (end, end)
        }
    }

    private func kill(_ worker: Int) {
        guard workers[worker].isAlive else { return }
        checker.excused.formUnion(workers[worker].disk.keys)
        end(
            worker, isNoticed: random.chance(0.9),
            restartAfter: Int64(random.pick(500...40_000)))
    }

    /// What was not synced may be lost or torn.
    private func cutPower(of worker: Int) {
        guard workers[worker].isAlive else { return }
        checker.excused.formUnion(workers[worker].disk.keys)
        end(worker, isNoticed: false, restartAfter: Int64(random.pick(2_000...40_000)))
        for digest in workers[worker].disk.keys.sorted() {
            guard let copy = workers[worker].disk[digest], !copy.isSynced else { continue }
            switch random.pick(0...3) {
            case 0, 1: workers[worker].disk[digest] = nil
            case 2: workers[worker].disk[digest]?.isDamaged = true
            default: workers[worker].disk[digest]?.isSynced = true
            }
        }
    }

    /// A copy of a machine comes up with the same name and the same blobs.
    private func clone(_ worker: Int) {
        guard workers[worker].isAlive, workers.count < 8 else { return }
        var twin = workers[worker]
        twin.core = nil
        twin.works = [:]
        twin.dying = [:]
        twin.asked = [:]
        twin.confirmed = [:]
        (twin.frozenUntil, twin.cutInUntil, twin.cutOutUntil) = (0, 0, 0)
        twin.pipe = 1_000_000 * (workers.count + 1)
        workers.append(twin)
        checker.excused.formUnion(workers[worker].disk.keys)
        add(.restart(worker: workers.count - 1), after: Int64(random.pick(10...3_000)))
    }

    /// A bit of a blob that was not read since the start flips: one that was is not read anew.
    private func flip(_ worker: Int) {
        guard
            let digest = workers[worker].disk.keys.filter({
                !workers[worker].isAlive || !workers[worker].cache.isVerified($0)
            }).sorted().randomElement(using: &random)
        else { return }
        workers[worker].disk[digest]?.isDamaged = true
        checker.excused.insert(digest)
    }

    /// The faults end: what is broken for good must heal by itself.
    func heal() {
        tellStory("the faults end")
        isHealed = true
        for worker in workers.indices {
            (workers[worker].cutOutUntil, workers[worker].cutInUntil) = (0, 0)
            (workers[worker].slowUntil, workers[worker].fullUntil) = (0, 0)
            (workers[worker].sickUntil, workers[worker].frozenUntil) = (0, 0)
            // A cache that is smaller than what a job needs at once would never let it end.
            workers[worker].cache.budgetBytes = 1 << 40
        }
        coordinatorFullUntil = 0
        if isReadOnly { setReadOnly(false) }
    }
}
