/*
 * The lease protocol: who may work on what, and whose result counts.
 *
 * One coordinator, two workers of one slot each, three tasks that do not depend on each other.
 * scripts/check-lease checks it with spin: every reachable state with up to FAULTS faults, and
 * broken forms (-DBROKEN_...) that must fail.
 *
 * What is modelled, and by what:
 *
 *   Messages. A request and its answer are one step, for whoever handles a request does it whole
 *   (Engine.handleWorker) and lets the answer go only once everything is recorded (Engine.flush).
 *   What the network adds is spelled out: an answer may be lost after the request had its effect;
 *   a copy of a request may stay behind in `limbo` and arrive at any later time or never, also at
 *   a coordinator that was started anew in between, and also when the original never arrived.
 *   That gives loss, duplication, delay and reordering. A request that is lost, and a crash before
 *   the batch is recorded, are the same as a request that was not sent yet.
 *
 *   Numbers. A slot's requests are numbered (WorkerRequest.sequence), and so are the processes of
 *   a worker (incarnation). Only which is newer matters, so that both are kept relatively: the
 *   age of a request is 0 for the one that the slot asks now, 1 for the one before; processes are
 *   counted down from NOW. Each step back is made when something newer comes.
 *
 *   Time. There is none: what a time-out may do, it may do at any moment. What takes a lease from
 *   a worker that works on it counts as a fault (the network was cut, the machine stood still);
 *   what takes one that nobody works on does not, and must happen in the end.
 *
 *   Faults. A crash of a process, a lost answer, a copy left behind, a worker or a lease given up
 *   though alive, a passed deadline, a failed attempt: FAULTS of them, in any mixture, anywhere.
 *
 * Workers are honest here: that a token is its sender's own is checked by Engine+Workers, and
 * that its attempt was that worker's by TaskRecord.wasGranted; both are for tests in Swift.
 *
 * When is an attempt stale? When its task has a result already, when the task was given to somebody
 * else since, or when it was never granted. Such a commit must never count. An attempt whose lease
 * merely ran out, and one of the two that a straggler may have, is none: tasks are pure functions,
 * so that the first result counts, whoever brings it (TaskRecord.isCurrent, Scheduler.complete).
 */

#define W 2
#define T 3
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef LIMBO
#define LIMBO 2
#endif
#define NOTHING 3               /* no task */
#define NOW     4               /* the current process of a worker; 3 is the one before it */

/* Requests; the first is a free place in limbo. */
#define EMPTY   0
#define HELLO   1
#define BEAT    2
#define LEASE   3
#define COMMIT  4
#define FAIL    5

/* Answers. */
#define PARKED    0             /* none yet */
#define GRANT     1
#define SETTLED   2             /* to a commit or a failure: whatever the verdict, it is over */
#define SAY_HELLO 3
#define RENEWED   4
#define CANCEL    5
#define WELCOME   6
#define NOT_YET   7             /* to a lease request: no work; the slot asks anew */
#define SILENCE   8             /* refused for good, or not answered at all */

/* What a slot does (WorkerCore's Slot.Stage; preparing, running and publishing are WORKING). */
#define IDLE      0
#define ASKING    1             /* a lease request has no answer yet */
#define WORKING   2
#define REPORTING 3             /* a commit has no answer yet */
#define FAILING   4             /* a failure has no answer yet */

byte faults = FAULTS;

/* ---- The ledger: survives everything (Ledger, LedgerBatch+Attempts). ---- */
byte written[T];                /* highest attempt granted */
byte open[T * W];               /* each worker's attempt that is not recorded as ended, or 0 */
bit  done[T];                   /* a result is recorded */

/* ---- The coordinator's memory: gone with the process (Scheduler, Engine). ---- */
byte attempts[T];               /* TaskRecord.attempts */
byte firstCurrent[T];           /* TaskRecord.firstCurrentAttempt */
byte closed[T];                 /* TaskRecord.closedAttempts: a bit for each */
byte lease[T * W];              /* TaskRecord.leases: each worker's live attempt, or 0 */
bit  named[T * W];              /* Lease.acceptBy is nil: its worker has named it */
bit  joined[W];                 /* KnownWorker.hasJoined */
bit  present[W];                /* WorkerRecord.presence is not lost */
byte known[W];                  /* KnownWorker.incarnation */
bit  parked[W];                 /* ParkedRequests */
/* AnswerRegister: the newest process heard of; the age of the newest request on its slot's
   channel, OPENING when there was none; and the answer to that, while it may be asked again. */
#define OPENING 3
byte newestProcess[W];
byte newestAge[W];
byte stored[W];
byte storedTask[W];
byte storedAttempt[W];

/* ---- The workers (WorkerCore). ---- */
bit  isMember[W];               /* Membership.joined */
byte stage[W];
byte task[W];                   /* of the lease that the slot works on */
byte attempt[W];
bit  isFenced[W];               /* HeldLease.validUntil has passed */
bit  isDead;                    /* worker 1 has died and does not come back */

/* ---- The network: copies of requests that may still arrive. On the channels for hellos and
   beats, age 1 means that the coordinator has heard a newer one. ---- */
typedef Copy { byte kind; bit from; byte process; byte age; byte task; byte attempt };
Copy limbo[LIMBO];

/* ---- What only the checker knows. ---- */
byte granted[T];                /* highest attempt that was ever given to anybody */
byte firstFresh[T];             /* attempts before this one are stale */

/* The request that is being handled, and its answer; meaningless between steps. */
hidden byte rKind;
hidden byte rWorker;
hidden byte rProcess;
hidden byte rAge;
hidden byte rTask;
hidden byte rAttempt;
hidden byte isFresh;
hidden byte isRepeat;
hidden byte isRenewed;
hidden byte answer;
hidden byte answerTask;
hidden byte answerAttempt;
hidden byte i;

#define allDone (done[0] && done[1] && done[2])
#define of(t, w) ((t) * W + (w))
#define isLeased(t) (lease[of(t, 0)] || lease[of(t, 1)])
#define isFree(t) (!isLeased(t) && !done[t])
#define bitOf(n) (1 << (n))
/* Scheduler.hasRoom */
#define hasRoom(w) (!lease[of(0, w)] && !lease[of(1, w)] && !lease[of(2, w)])
#define someFree (isFree(0) || isFree(1) || isFree(2))
/* Whether the worker's slot works on its lease of t. */
#define works(t, w) (stage[w] >= WORKING && task[w] == t && attempt[w] == lease[of(t, w)])

/* ================= The coordinator's decisions ================= */

/* Scheduler.endLease: recorded, so that no restart takes it up again. */
inline endLease(t, w) {
    lease[of(t, w)] = 0; named[of(t, w)] = 0; open[of(t, w)] = 0
}

/* Scheduler.renew: extends a lease, or takes one up again that was given up. */
inline renew(w) {
    isRenewed = 0;
    if
    :: lease[of(rTask, w)] && lease[of(rTask, w)] == rAttempt -> isRenewed = 1
    :: !lease[of(rTask, w)] && !done[rTask] && rAttempt <= attempts[rTask] &&
       rAttempt >= firstCurrent[rTask] && !(closed[rTask] & bitOf(rAttempt)) ->
        assert(hasRoom(w));
        lease[of(rTask, w)] = rAttempt; isRenewed = 1
    :: else
    fi;
    if
    :: isRenewed -> named[of(rTask, w)] = 1
    :: else
    fi
}

/* Scheduler.grant: the attempt is recorded before its answer leaves. */
inline grant(t, w, isSecond) {
    /* A slot has one lease at most. */
    assert(hasRoom(w));
    attempts[t]++;
    lease[of(t, w)] = attempts[t];
#ifndef BROKEN_ATTEMPT
    written[t] = attempts[t]; open[of(t, w)] = attempts[t];
#endif
    /* An attempt's number is never given twice, whatever was forgotten in between. */
    assert(attempts[t] > granted[t]);
    granted[t] = attempts[t];
    if
    :: !isSecond -> firstCurrent[t] = attempts[t]; firstFresh[t] = attempts[t]; closed[t] = 0
    :: else
    fi;
#ifdef RESTARTS_ONLY
    /* A restart of the coordinator takes nobody's work away. */
    assert(attempts[t] == 1);
#endif
    answer = GRANT; answerTask = t; answerAttempt = attempts[t]
}

/* Scheduler.assignment: tasks are alike here, so the first free one is as good as any. */
inline grantFirst(w) {
    if
    :: isFree(0) -> grant(0, w, false)
    :: !isFree(0) && isFree(1) -> grant(1, w, false)
    :: else -> grant(2, w, false)
    fi
}

#ifdef BROKEN_TWICE
#define isSettled(t) false
#else
#define isSettled(t) done[t]
#endif
#ifdef BROKEN_FENCE
#define isStale(t) false
#else
#define isStale(t) (rAttempt < firstCurrent[t] || (closed[t] & bitOf(rAttempt)))
#endif

/* Scheduler.complete, finish */
inline complete(t) {
    answer = SETTLED;
    if
    :: rAttempt > attempts[t]                                   /* superseded: never granted */
    :: rAttempt <= attempts[t] && isSettled(t)                  /* duplicate */
    :: rAttempt <= attempts[t] && !isSettled(t) && isStale(t)   /* superseded */
    :: else ->
        /* The effect, in one transaction with the attempt's end: never twice for a task, and
           never for a stale attempt. */
        assert(!done[t]);
        assert(rAttempt >= firstFresh[t] && rAttempt <= granted[t]);
        endLease(t, 0); endLease(t, 1);
        done[t] = 1;
#ifndef BROKEN_TWICE
        /* Nothing else of a done task matters any more. */
        closed[t] = 0; firstCurrent[t] = 0; attempts[t] = 0; written[t] = 0; granted[t] = 0;
        firstFresh[t] = 0
#endif
    fi
}

/* Scheduler.fail: a failure of the worker's surroundings; the task may run again. */
inline fail(t, w) {
    answer = SETTLED;
    if
    :: rAttempt >= firstCurrent[t] && rAttempt <= attempts[t] && !done[t] ->
        closed[t] = closed[t] | bitOf(rAttempt);
        if
        :: lease[of(t, w)] == rAttempt -> endLease(t, w)
        :: else
        fi
    :: else
    fi
}

/* Scheduler.lose, declineParked, loseLeases */
inline loseWorker(w) {
    present[w] = 0;
    if
    :: parked[w] -> parked[w] = 0; stored[w] = NOT_YET
    :: else
    fi;
    endLease(0, w); endLease(1, w); endLease(2, w)
}

/* Scheduler.join and what it calls: the hello names a lease, or NOTHING. */
inline closeLease(t, w) {
    if
    :: lease[of(t, w)] -> closed[t] = closed[t] | bitOf(lease[of(t, w)]); endLease(t, w)
    :: else
    fi
}

inline loseUnlessNamed(t, w) {
    if
#ifdef BROKEN_ADOPTION
    :: lease[of(t, w)] -> closeLease(t, w)
#else
    :: lease[of(t, w)] && !(rTask == t && rAttempt == lease[of(t, w)]) -> endLease(t, w)
#endif
    :: else
    fi
}

inline join(w) {
    if
    :: joined[w] && known[w] != rProcess ->
        /* replace: a new process; what the old one worked on is gone for good. */
        closeLease(0, w); closeLease(1, w); closeLease(2, w);
        parked[w] = 0
    :: else
    fi;
    joined[w] = 1; present[w] = 1; known[w] = rProcess;
#ifndef BROKEN_ADOPTION
    if
    :: rTask != NOTHING -> renew(w)
    :: else
    fi;
#endif
    /* loseUnclaimed: a lease that the hello does not name is not being worked on. */
    loseUnlessNamed(0, w); loseUnlessNamed(1, w); loseUnlessNamed(2, w);
    answer = WELCOME
}

/* AnswerRegister: a process that was not heard of before makes all older ones strangers. */
inline hear(w) {
    if
    :: rProcess > newestProcess[w] ->
        newestProcess[w] = rProcess; newestAge[w] = OPENING;
        stored[w] = PARKED; storedTask[w] = 0; storedAttempt[w] = 0
    :: else
    fi
}

/* AnswerRegister.admit on a slot's channel: fresh, or the stored answer, or silence. */
inline admit(w) {
    isFresh = 0; isRepeat = 0; answer = SILENCE;
    if
    :: rProcess < newestProcess[w]                      /* oldIncarnation */
    :: else ->
        hear(w);
        if
        :: newestAge[w] == OPENING || rAge < newestAge[w] -> isFresh = 1
        :: newestAge[w] != OPENING && rAge == newestAge[w] ->   /* repeated, or parked */
            isRepeat = (stored[w] != PARKED && stored[w] != SILENCE);
            answer = stored[w]; answerTask = storedTask[w]; answerAttempt = storedAttempt[w];
#ifdef BROKEN_ANSWERS
            isFresh = 1
#endif
        :: newestAge[w] != OPENING && rAge > newestAge[w]       /* stale */
        fi
    fi;
    if
    :: isFresh -> newestAge[w] = rAge
    :: else
    fi
}

/* Whoever asks the same again gets the same answer: nothing is done twice for one request. */
inline checkRepeat(w) {
    assert(!isRepeat || (answer == stored[w] &&
        (answer != GRANT || (answerTask == storedTask[w] && answerAttempt == storedAttempt[w]))))
}

/* AnswerRegister.record */
inline record(w) {
    checkRepeat(w);
    stored[w] = answer;
    storedTask[w] = (answer == GRANT -> answerTask : 0);
    storedAttempt[w] = (answer == GRANT -> answerAttempt : 0)
}

/* A request on a slot's channel (Engine.handleWorker, answer, handleFromJoined). */
inline handleSlot() {
    admit(rWorker);
    if
    :: isFresh && !(joined[rWorker] && known[rWorker] == rProcess) ->
        answer = SAY_HELLO; record(rWorker)
    :: isFresh && joined[rWorker] && known[rWorker] == rProcess ->
        if
        :: rKind == LEASE && !present[rWorker] -> answer = SAY_HELLO; record(rWorker)
        :: rKind == LEASE && present[rWorker] && someFree && hasRoom(rWorker) ->
            parked[rWorker] = 0; grantFirst(rWorker); record(rWorker)
        :: rKind == LEASE && present[rWorker] && !(someFree && hasRoom(rWorker)) ->
            parked[rWorker] = 1; answer = PARKED; record(rWorker)
        :: rKind == COMMIT -> complete(rTask); record(rWorker)
        :: rKind == FAIL -> fail(rTask, rWorker); record(rWorker)
        fi
    :: else
    fi
}

/* Whoever has sent something newer on the channel, its older copies are dropped. */
inline outdate(k, w) {
    i = 0;
    do
    :: i < LIMBO ->
        if
        :: limbo[i].kind == k && limbo[i].from == w && limbo[i].process == rProcess ->
            limbo[i].age = 1
        :: else
        fi;
        i++
    :: else -> break
    od
}

/* Scheduler.beat: it names what the worker works on, or NOTHING. */
inline handleBeat() {
    if
    :: rProcess < newestProcess[rWorker] -> answer = SILENCE
    :: else ->
        hear(rWorker);
        outdate(BEAT, rWorker);
        if
        :: !(joined[rWorker] && present[rWorker] && known[rWorker] == rProcess) ->
            answer = SAY_HELLO
        :: else ->
            renew(rWorker);
            answer = (isRenewed -> RENEWED : CANCEL)
        fi
    fi
}

/* Engine.welcome */
inline handleHello() {
    if
    :: rProcess < newestProcess[rWorker] -> answer = SILENCE
    :: else ->
        hear(rWorker);
        outdate(HELLO, rWorker);
        join(rWorker)
    fi
}

/* A crash and the next start (Engine.takeUpJobs, Scheduler.init(restoring:)). While the
   coordinator is away nothing reaches it, and what workers do alone they may do before or after. */
inline restoreTask(t) {
    attempts[t] = written[t]; closed[t] = 0;
    /* Open attempts are taken up as leases, for as long as the grace lasts. */
    lease[of(t, 0)] = open[of(t, 0)]; named[of(t, 0)] = (open[of(t, 0)] > 0);
    lease[of(t, 1)] = open[of(t, 1)]; named[of(t, 1)] = (open[of(t, 1)] > 0);
    if
    :: lease[of(t, 0)] && (!lease[of(t, 1)] || lease[of(t, 0)] < lease[of(t, 1)]) ->
        firstCurrent[t] = lease[of(t, 0)]
    :: lease[of(t, 1)] && (!lease[of(t, 0)] || lease[of(t, 1)] < lease[of(t, 0)]) ->
        firstCurrent[t] = lease[of(t, 1)]
    :: else -> firstCurrent[t] = written[t]
    fi
}

inline restart() {
    restoreTask(0); restoreTask(1); restoreTask(2);
    i = 0;
    do
    :: i < W ->
        joined[i] = 0; present[i] = 0; known[i] = 0; parked[i] = 0;
        newestProcess[i] = 0; newestAge[i] = OPENING;
        stored[i] = PARKED; storedTask[i] = 0; storedAttempt[i] = 0;
        i++
    :: else -> break
    od;
    /* It has heard of no beats or hellos, so that any copy is news. */
    i = 0;
    do
    :: i < LIMBO ->
        if
        :: limbo[i].kind == BEAT || limbo[i].kind == HELLO -> limbo[i].age = 0
        :: else
        fi;
        i++
    :: else -> break
    od
}

/* ================= The workers' decisions ================= */

/* A new request on the slot's channel: all earlier ones are one further back. */
inline nextNumber(w) {
    if
    :: newestProcess[w] == NOW && newestAge[w] < 2 -> newestAge[w]++
    :: else
    fi;
    i = 0;
    do
    :: i < LIMBO ->
        if
        :: limbo[i].kind >= LEASE && limbo[i].from == w && limbo[i].process == NOW &&
           limbo[i].age < 3 -> limbo[i].age++
        :: else
        fi;
        i++
    :: else -> break
    od
}

inline becomeIdle(w) {
    stage[w] = IDLE; task[w] = NOTHING; attempt[w] = 0; isFenced[w] = 0
}

/* WorkerCore.takeSlot: the answer to what the slot asks now; it will not be asked again. */
inline takeSlotAnswer(w) {
    if
    :: answer == GRANT && stage[w] == ASKING ->
        stage[w] = WORKING; task[w] = answerTask; attempt[w] = answerAttempt
    :: answer == NOT_YET && stage[w] == ASKING -> stage[w] = IDLE
    :: answer == SETTLED && stage[w] >= REPORTING -> becomeIdle(w)
    :: answer == SAY_HELLO ->
        isMember[w] = 0;
        if
        :: stage[w] == ASKING -> stage[w] = IDLE
        :: stage[w] >= REPORTING -> nextNumber(w)       /* askAgain */
        :: else
        fi
    :: else
    fi;
    if
    :: answer != PARKED && answer != SILENCE && newestProcess[w] == NOW ->
        stored[w] = SILENCE; storedTask[w] = 0; storedAttempt[w] = 0
    :: else
    fi
}

/* WorkerCore.takeBeat; giveUp when the lease is somebody else's, or over. */
inline takeBeatAnswer(w) {
    if
    :: answer == RENEWED -> isFenced[w] = 0
    :: answer == CANCEL -> becomeIdle(w)
    :: answer == SAY_HELLO -> isMember[w] = 0
    :: else
    fi
}

/* A request of the worker as it is now. */
inline ask(k, w) {
    rKind = k; rWorker = w; rProcess = NOW; rAge = 0; rAttempt = attempt[w]; rTask = task[w]
}

/* What the slot asks next: again what has no answer yet, or something new. A result is reported
   only while the lease is known to live (WorkerCore.maySend, publish). */
#define kindOf(w) (stage[w] <= ASKING -> LEASE : (stage[w] == FAILING -> FAIL : COMMIT))
#define isWaiting(w) (stage[w] == ASKING && parked[w] && joined[w] && known[w] == NOW && \
    newestProcess[w] == NOW && newestAge[w] == 0)
#define slotAsks(w) (isMember[w] && (!isFenced[w] || stage[w] == FAILING) && \
    !isWaiting(w) && !allDone)

inline beginRequest(w) {
    if
    :: stage[w] == IDLE -> stage[w] = ASKING; nextNumber(w)
    :: stage[w] == WORKING -> stage[w] = REPORTING; nextNumber(w)
    :: else
    fi
}

/* A beat that would change nothing is left out. */
#define beats(w) (isMember[w] && stage[w] >= WORKING && (isFenced[w] || \
    !(joined[w] && present[w] && known[w] == NOW && \
      lease[of(task[w], w)] == attempt[w] && named[of(task[w], w)])))

#ifdef RESTARTS_ONLY
#define mayFail false
#else
#define mayFail (faults > 0)
#endif

proctype Worker(bit w) {
    do
    :: d_step { !isMember[w] && !(w == 1 && isDead) && !allDone ->
        ask(HELLO, w); handleHello();
        if
        :: answer == WELCOME -> isMember[w] = 1
        :: else
        fi; skip }
    :: d_step { slotAsks(w) ->
        ask(kindOf(w), w); beginRequest(w); handleSlot(); takeSlotAnswer(w); skip }
    /* The request has its effect, and the answer is lost. */
    :: d_step { slotAsks(w) && mayFail -> faults--;
        ask(kindOf(w), w); beginRequest(w); handleSlot(); skip }
    /* The task fails. */
    :: d_step { stage[w] == WORKING && isMember[w] && !allDone && mayFail -> faults--;
        ask(FAIL, w); stage[w] = FAILING; nextNumber(w);
        handleSlot(); takeSlotAnswer(w); skip }
    :: d_step { beats(w) && !allDone ->
        ask(BEAT, w); handleBeat(); takeBeatAnswer(w); skip }
    :: d_step { beats(w) && !allDone && mayFail -> faults--; ask(BEAT, w); handleBeat(); skip }
    :: allDone || (w == 1 && isDead) -> break
    od
}

/* What the coordinator does by itself (Scheduler.tick, offerNewlyReady). */
inline grantParked(w, isHeard) {
    parked[w] = 0; isRepeat = 0;
    grantFirst(w); record(w);
    if
    :: isHeard && newestProcess[w] == NOW && newestAge[w] == 0 && stage[w] == ASKING ->
        takeSlotAnswer(w)
    :: else
    fi
}

#define mayGrant(w) (parked[w] && present[w] && someFree && hasRoom(w))
/* Not named in time after the grant, or not renewed in time: nobody works on it. */
#define isLost(t, w) (lease[of(t, w)] && !works(t, w))

proctype Clock() {
    do
#ifndef BROKEN_EXPIRY
    :: d_step { isLost(0, 0) -> endLease(0, 0); skip }
    :: d_step { isLost(0, 1) -> endLease(0, 1); skip }
    :: d_step { isLost(1, 0) -> endLease(1, 0); skip }
    :: d_step { isLost(1, 1) -> endLease(1, 1); skip }
    :: d_step { isLost(2, 0) -> endLease(2, 0); skip }
    :: d_step { isLost(2, 1) -> endLease(2, 1); skip }
#endif
    :: d_step { mayGrant(0) -> grantParked(0, true); skip }
    :: d_step { mayGrant(1) -> grantParked(1, true); skip }
    :: d_step { mayGrant(0) && mayFail -> faults--; grantParked(0, false); skip }
    :: d_step { mayGrant(1) && mayFail -> faults--; grantParked(1, false); skip }
    :: allDone -> break
    od
}

/* ================= What goes wrong ================= */

inline leaveCopy(here, k, w) {
    faults--;
    limbo[here].kind = k; limbo[here].from = w; limbo[here].process = NOW;
    limbo[here].age = 0; limbo[here].task = task[w]; limbo[here].attempt = attempt[w]
}

/* The slot asks, and the request is on its way for longer than the slot waits. */
inline leaveRequest(here, w) {
    ask(kindOf(w), w); beginRequest(w); leaveCopy(here, rKind, w)
}

inline arrive(here) {
    rKind = limbo[here].kind; rWorker = limbo[here].from; rProcess = limbo[here].process;
    rAge = limbo[here].age; rTask = limbo[here].task; rAttempt = limbo[here].attempt;
    limbo[here].kind = EMPTY; limbo[here].from = 0; limbo[here].process = 0;
    limbo[here].age = 0; limbo[here].task = 0; limbo[here].attempt = 0;
    if
    :: rKind >= LEASE ->
        handleSlot();
        /* The answer is heard if it is what the slot still waits for. */
        if
        :: rProcess == NOW && rAge == 0 && isMember[rWorker] && answer != SILENCE ->
            takeSlotAnswer(rWorker)
        :: else
        fi
    :: rKind == BEAT && rAge == 0 -> handleBeat()
    :: rKind == HELLO && rAge == 0 -> handleHello()
    :: else
    fi
}

/* A new process: all that is known of the old one is one further back. */
inline crash(w) {
    faults--;
    isMember[w] = 0; becomeIdle(w);
    known[w] = (known[w] > 0 -> known[w] - 1 : 0);
    newestProcess[w] = (newestProcess[w] > 0 -> newestProcess[w] - 1 : 0);
    i = 0;
    do
    :: i < LIMBO ->
        if
        :: limbo[i].kind != EMPTY && limbo[i].from == w -> limbo[i].process--
        :: else
        fi;
        i++
    :: else -> break
    od
}

#define isStopped(w) (stage[w] >= WORKING && !isFenced[w])
#define mayLeave(here) (mayFail && limbo[here].kind == EMPTY && !allDone)
#define second (mayLeave(1) && limbo[0].kind != EMPTY)
#define isStranger(w) (!isMember[w] && !(w == 1 && isDead))

#define isStraggler(t, v, w) (parked[w] && present[w] && hasRoom(w) && !someFree && !done[t] && \
    lease[of(t, v)] && named[of(t, v)] && !lease[of(t, w)])

inline backUp(t, w) {
    parked[w] = 0; isRepeat = 0;
    grant(t, w, true); record(w);
    if
    :: newestProcess[w] == NOW && newestAge[w] == 0 && stage[w] == ASKING -> takeSlotAnswer(w)
    :: else
    fi
}

proctype Faults() {
    do
    :: d_step { faults > 0 && !allDone -> faults--; restart(); skip }
    :: d_step { mayFail && !allDone -> crash(0); skip }
    :: d_step { mayFail && !allDone && !isDead -> crash(1); skip }
    :: d_step { mayFail && !allDone && !isDead -> crash(1); isDead = 1; skip }
    /* No beat got through until the deadline: nothing is committed until one does. */
    :: d_step { mayFail && isStopped(0) -> faults--; isFenced[0] = 1; skip }
    :: d_step { mayFail && isStopped(1) -> faults--; isFenced[1] = 1; skip }
    /* The coordinator gives up what lives. */
    :: d_step { mayFail && present[0] && !allDone -> faults--; loseWorker(0); skip }
    :: d_step { mayFail && present[1] && !allDone -> faults--; loseWorker(1); skip }
    :: d_step { mayFail && lease[of(0, 0)] && works(0, 0) -> faults--; endLease(0, 0); skip }
    :: d_step { mayFail && lease[of(0, 1)] && works(0, 1) -> faults--; endLease(0, 1); skip }
    :: d_step { mayFail && lease[of(1, 0)] && works(1, 0) -> faults--; endLease(1, 0); skip }
    :: d_step { mayFail && lease[of(1, 1)] && works(1, 1) -> faults--; endLease(1, 1); skip }
    :: d_step { mayFail && lease[of(2, 0)] && works(2, 0) -> faults--; endLease(2, 0); skip }
    :: d_step { mayFail && lease[of(2, 1)] && works(2, 1) -> faults--; endLease(2, 1); skip }
    /* A straggler: whoever asks in vain gets a second attempt of it (Scheduler+Speculation). */
    :: d_step { mayFail && isStraggler(0, 1, 0) -> faults--; backUp(0, 0); skip }
    :: d_step { mayFail && isStraggler(0, 0, 1) -> faults--; backUp(0, 1); skip }
    :: d_step { mayFail && isStraggler(1, 1, 0) -> faults--; backUp(1, 0); skip }
    :: d_step { mayFail && isStraggler(1, 0, 1) -> faults--; backUp(1, 1); skip }
    :: d_step { mayFail && isStraggler(2, 1, 0) -> faults--; backUp(2, 0); skip }
    :: d_step { mayFail && isStraggler(2, 0, 1) -> faults--; backUp(2, 1); skip }
    /* Copies stay behind, and arrive. */
    :: d_step { mayLeave(0) && slotAsks(0) -> leaveRequest(0, 0); skip }
    :: d_step { mayLeave(0) && slotAsks(1) -> leaveRequest(0, 1); skip }
    :: d_step { mayLeave(0) && isMember[0] && stage[0] >= WORKING -> leaveCopy(0, BEAT, 0); skip }
    :: d_step { mayLeave(0) && isMember[1] && stage[1] >= WORKING -> leaveCopy(0, BEAT, 1); skip }
    :: d_step { mayLeave(0) && isStranger(0) -> leaveCopy(0, HELLO, 0); skip }
    :: d_step { mayLeave(0) && isStranger(1) -> leaveCopy(0, HELLO, 1); skip }
    :: d_step { limbo[0].kind != EMPTY && !allDone -> arrive(0); skip }
#if LIMBO > 1
    :: d_step { second && slotAsks(0) -> leaveRequest(1, 0); skip }
    :: d_step { second && slotAsks(1) -> leaveRequest(1, 1); skip }
    :: d_step { second && isMember[0] && stage[0] >= WORKING -> leaveCopy(1, BEAT, 0); skip }
    :: d_step { second && isMember[1] && stage[1] >= WORKING -> leaveCopy(1, BEAT, 1); skip }
    :: d_step { second && isStranger(0) -> leaveCopy(1, HELLO, 0); skip }
    :: d_step { second && isStranger(1) -> leaveCopy(1, HELLO, 1); skip }
    :: d_step { limbo[1].kind != EMPTY && !allDone -> arrive(1); skip }
#endif
    :: allDone -> break
    od
}

init {
    d_step {
        task[0] = NOTHING; task[1] = NOTHING;
        newestAge[0] = OPENING; newestAge[1] = OPENING
    }
    atomic { run Worker(0); run Worker(1); run Clock(); run Faults() }
}

#ifdef LIVE
/* No task is lost: whatever the faults were, in the end every task is done. */
ltl everyTaskGetsDone { <> (allDone) }
#endif
