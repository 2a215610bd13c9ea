#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

// @unchecked because the compiler does not see that `lock` guards everything that changes.
/// The threads of a crew beside its caller's: they sleep until there is a job.
@safe final class Helpers: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let hasLeft = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var threads: [pthread_t] = []
    /// The job that helpers may join; none once its caller finds that all tiles are taken.
    private var job: Job?
    /// Counts jobs, so that no helper joins one twice.
    private var jobNumber = 0
    private var atWork = 0
    private var isDismissed = false

    /// The threads that the system granted.
    var count: Int { threads.count }

    /// Starts up to `count` threads; fewer if the system refuses one, none is no error.
    init(count: Int) {
        unsafe pthread_mutex_init(lock, nil)
        unsafe pthread_cond_init(hasWork, nil)
        unsafe pthread_cond_init(hasLeft, nil)
        // Signals are for the threads of the program: a helper is born with all of them blocked.
        var (every, before) = (sigset_t(), sigset_t())
        unsafe sigfillset(&every)
        unsafe pthread_sigmask(SIG_BLOCK, &every, &before)
        for _ in 0..<count {
            guard let thread = start() else { break }
            threads.append(thread)
        }
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(hasLeft)
        unsafe pthread_cond_destroy(hasWork)
        unsafe pthread_mutex_destroy(lock)
        unsafe hasLeft.deallocate()
        unsafe hasWork.deallocate()
        unsafe lock.deallocate()
    }

    /// Lets the helpers and the calling thread work on `job`, and returns when it is done.
    func perform(_ job: Job) {
        unsafe pthread_mutex_lock(lock)
        self.job = job
        jobNumber += 1
        unsafe pthread_cond_broadcast(hasWork)
        unsafe pthread_mutex_unlock(lock)
        job.work()
        unsafe pthread_mutex_lock(lock)
        // A helper that has not woken up by now finds nothing and need not be waited for.
        self.job = nil
        while atWork > 0 { unsafe pthread_cond_wait(hasLeft, lock) }
        unsafe pthread_mutex_unlock(lock)
    }

    /// Ends all threads and waits for them.
    func dismiss() {
        unsafe pthread_mutex_lock(lock)
        isDismissed = true
        unsafe pthread_cond_broadcast(hasWork)
        unsafe pthread_mutex_unlock(lock)
        for thread in threads { pthread_join(thread, nil) }
    }

    private func start() -> pthread_t? {
        let myself = unsafe Unmanaged.passRetained(self)
        #if canImport(Glibc)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let refusal = unsafe pthread_create(&thread, nil, helperMain, myself.toOpaque())
        if refusal != 0 { unsafe myself.release() }
        return refusal == 0 ? thread : nil
    }

    /// A helper's life.
    fileprivate func live() {
        var last = 0
        while let number = joinNextJob(after: last) {
            last = number
            leave()
        }
    }

    /// Waits for a job that is not `last` and works on it; nil when the crew is dismissed.
    ///
    /// Not inlined, so that the job's closure is released before ``leave()`` lets its caller go on.
    @inline(never) private func joinNextJob(after last: Int) -> Int? {
        unsafe pthread_mutex_lock(lock)
        while !isDismissed, job == nil || jobNumber == last {
            unsafe pthread_cond_wait(hasWork, lock)
        }
        guard !isDismissed, let job else {
            unsafe pthread_mutex_unlock(lock)
            return nil
        }
        let number = jobNumber
        atWork += 1
        unsafe pthread_mutex_unlock(lock)
        job.work()
        return number
    }

    private func leave() {
        unsafe pthread_mutex_lock(lock)
        atWork -= 1
        if atWork == 0 { unsafe pthread_cond_signal(hasLeft) }
        unsafe pthread_mutex_unlock(lock)
    }
}

private func helperMain(_ helpers: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let helpers = unsafe helpers else { return nil }
    unsafe Unmanaged<Helpers>.fromOpaque(helpers).takeRetainedValue().live()
    return nil
}
