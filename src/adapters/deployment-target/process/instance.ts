// One instance from its first start to its end: lay, start, watch, start again. It never decides how many there are.
//
// mode       | what may be true                         | what leaves it
// starting   | no process yet, or not well yet          | well and the port is ours; `health.waitMs` over; stop
// ready      | was well at the last of three probes     | three probes failed in a row; process ended; stop
// unhealthy  | process runs, does not answer            | well again; process ended; stop
// failed     | not well in time, or cannot be laid      | well after all; process ended; stop
// stopping   | noted on disk; signals on their way      | nothing left of its processes and its folder
// Without a port there is nothing to ask: it is ready once it has run for `steadyMs`, and until it ends.
// (`crash-looping` is any of the first four while three ends lie within the last minute.)
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArtifactStore } from '../../../ports/artifact-store.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { InstanceLook } from '../../../ports/deployment-target.ts'
import type { SecretStore } from '../../../ports/secret-store.ts'
import { asPortFailure, type PortFailure } from '../../../ports/port-failure.ts'
import { syncFolder, writeDurably } from './durable-file.ts'
import { probeHealth, type ProbeResult } from './health-probe.ts'
import { type HostUse, noUse, UseTotal } from './host-use.ts'
import { type CallerEnvironment, instanceEnvironment } from './instance-environment.ts'
import { endsKept, type InstanceRecord } from './instance-record.ts'
import type { LineCounts } from './line-counter.ts'
import { OutputFile, type OutputLimits } from './output-file.ts'
import type { PortPool } from './port-pool.ts'
import { endGroup, listenerOf, type ProcessGroup } from './process-group.ts'
import { isStillRunning } from './proc.ts'
import { isCrashLooping, restartPauseMs, shortRunMs } from './restart-pace.ts'
import { type Running, startProcess, watchProcess } from './running-process.ts'

export type InstanceSurroundings = {
  readonly artifacts: Pick<ArtifactStore, 'lay'>
  readonly clock: Clock
  readonly ports: PortPool
  readonly hostUse: HostUse
  readonly secrets: Pick<SecretStore, 'read' | 'mask'>
  readonly bootId: string
  readonly callerEnv: CallerEnvironment
  readonly outputLimits: OutputLimits
  /** Aborts when the target lets go of everything. */
  readonly letGo: AbortSignal
}

export const host = '127.0.0.1'
const probeEveryMs = 1_000
const probeEveryMsMin = 20
const probesFailedMax = 3
const tendEveryMs = 250
const lastWordsBytes = 2_000
/** What its children get to end, when an instance ended without them. */
const leftoverTermMs = 2_000

type Health = 'starting' | 'ready' | 'unhealthy' | 'failed'

export class Instance {
  readonly #around: InstanceSurroundings
  readonly #folder: string
  readonly #output: OutputFile
  readonly #use = new UseTotal()
  /** Aborts when it is to be stopped, or let go of. */
  readonly #halt = new AbortController()
  readonly #until: AbortSignal
  #record: InstanceRecord
  #running: Running | null = null
  #health: Health = 'starting'
  #beginFailures = 0
  /** Taken over while it did not answer: ended unless it does soon. */
  #mustAnswer = false
  /** By the clock that does not jump. */
  #runBeganMs = 0
  /** What was counted before this object, in output that was cut away. */
  readonly #earlier: LineCounts
  #work: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()
  #settled = Promise.withResolvers<void>()

  constructor(record: InstanceRecord, folder: string, around: InstanceSurroundings) {
    this.#record = record
    const { done, failed } = record.jobsCut ?? { done: 0, failed: 0 }
    this.#earlier = { errors: record.errorLinesCut, jobsDone: done, jobsFailed: failed }
    this.#folder = folder
    this.#around = around
    this.#until = AbortSignal.any([this.#halt.signal, around.letGo])
    const jobs = record.run.portless?.jobs
    this.#output = new OutputFile(join(folder, 'output.log'), around.outputLimits, jobs)
    this.#until.addEventListener('abort', () => this.#settled.resolve(), { once: true })
  }

  get record(): InstanceRecord {
    return this.#record
  }

  get isReady(): boolean {
    return this.#state() === 'ready'
  }

  /** Resolves once it got ready, failed, ended by itself, or is not wanted any more. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  look(): InstanceLook {
    const running = this.#running
    const use = this.#use.note(running === null ? noUse : this.#around.hostUse.of(running.identity))
    return {
      id: this.#record.id,
      ...(this.#record.worker === undefined ? {} : { process: this.#record.worker }),
      host,
      port: this.#record.port ?? 0,
      state: this.#state(),
      startedAt: this.#record.process?.startedAt ?? this.#record.createdAt,
      restarts: this.#record.restarts,
      lastWords: this.#record.lastWords,
      use: { ...use, ...this.#told() },
    }
  }

  #told(): Pick<InstanceLook['use'], 'errorLines' | 'jobsDone' | 'jobsFailed'> {
    const { errors: errorLines, jobsDone, jobsFailed } = this.#counts
    return this.#record.run.portless?.jobs === undefined
      ? { errorLines }
      : { errorLines, jobsDone, jobsFailed }
  }

  get #counts(): LineCounts {
    const { errors, jobsDone, jobsFailed } = this.#output.counts
    return {
      errors: this.#earlier.errors + errors,
      jobsDone: this.#earlier.jobsDone + jobsDone,
      jobsFailed: this.#earlier.jobsFailed + jobsFailed,
    }
  }

  /** What it printed, without the secrets it was given. */
  async output(limit: number): Promise<string> {
    return this.#around.secrets.mask(this.#record.environment, await this.#output.tail(limit))
  }

  /** Tells the instance its new role; never restarts it. */
  async setRole(role: InstanceRecord['role']): Promise<void> {
    if (role === this.#record.role) return
    this.#record = { ...this.#record, role }
    await this.#save()
    await writeFile(this.#path('role'), role)
  }

  /**
   * Takes over the process of an earlier server, if it is the very same, is no zombie and answers; one that does not
   * answer has three probes to mend that, else it counts as crashed. Resolves after the first; starts nothing.
   */
  async adopt(): Promise<void> {
    const was = this.#record.process
    if (this.#record.port !== null) this.#around.ports.keep(this.#record.port)
    if (this.#record.isStopping) return
    // It may have been started just before that server died, too late to be noted.
    if (was === null) return this.#endLeftovers()
    if (was.bootId !== this.#around.bootId) {
      // The machine was started again: that nothing runs is no fault of the instance, and the pid means nothing.
      this.#record = { ...this.#record, process: null }
      return
    }
    if (!isStillRunning(was)) return this.#noteEnd('ended while no server watched it')
    this.#running = watchProcess(was, this.#around.clock, this.#around.letGo)
    this.#runBeganMs =
      this.#around.clock.monotonicMs() - Math.max(0, this.#around.clock.now() - was.startedAt)
    if (was.wasReady) this.#health = (await this.#answers()) ? 'ready' : 'unhealthy'
    // It gets two more probes, but the start of the server does not wait for them.
    this.#mustAnswer = this.#health === 'unhealthy'
  }

  /** Starts it, unless it was adopted, and keeps it going until `stop` or the target lets go. */
  keepGoing(after: Promise<unknown> = Promise.resolve()): void {
    this.#work = Promise.all([this.#superviseAfter(after), this.#tendOutput()]).then(() => undefined)
  }

  /** Waits until nothing of ours is under way any more, after the target has let go. */
  async rest(): Promise<void> {
    await this.#work
    await this.#saving
  }

  /** Ends its processes, then its folder, then its record. Resolves once it is gone, or the target has let go. */
  async stop(): Promise<void> {
    this.#record = { ...this.#record, isStopping: true }
    this.#halt.abort()
    const { clock, letGo, ports } = this.#around
    await this.#untilItWorks(() => this.#save())
    await this.#work
    await endGroup(this.#group(), { termMs: this.#record.run.termMs, clock, signal: letGo })
    if (letGo.aborted) return
    this.#running = null
    await this.#untilItWorks(async () => {
      for (const part of ['app', 'home', 'tmp']) await rm(this.#path(part), { recursive: true, force: true })
      await rm(this.#folder, { recursive: true, force: true })
    })
    if (this.#record.port !== null) ports.release(this.#record.port)
  }

  #state(): InstanceLook['state'] {
    if (this.#record.isStopping) return 'stopping'
    return isCrashLooping(this.#record.endedAt, this.#around.clock.now()) ? 'crash-looping' : this.#health
  }

  async #superviseAfter(others: Promise<unknown>): Promise<void> {
    await Promise.race([others, this.#settled.promise])
    await this.#supervise()
  }

  async #supervise(): Promise<void> {
    const { clock } = this.#around
    while (!this.#until.aborted) {
      if (!(await this.#begin())) continue
      const words = await this.#watch()
      if (words === undefined) return
      await this.#noteEnd(words)
      this.#settled.resolve()
      const isLooping = isCrashLooping(this.#record.endedAt, clock.now())
      await clock.sleep(restartPauseMs(this.#record.shortRuns, isLooping), this.#until)
    }
  }

  /** Starts the command unless it runs already. Waits a while when it could not, and says false. */
  async #begin(): Promise<boolean> {
    if (this.#running !== null) return true
    try {
      await this.#lay()
      await this.#takePort()
      await writeFile(this.#path('role'), this.#record.role)
      const secrets = await this.#secrets()
      if (this.#until.aborted) return false
      this.#start(secrets)
      this.#health = 'starting'
      this.#beginFailures = 0
    } catch (error) {
      await this.#noteFailedBegin(asPortFailure(error))
      return false
    }
    await this.#untilItWorks(() => this.#save())
    return true
  }

  /** It never ran, so this is no crash: not counted, but tried again at the same pace. */
  async #noteFailedBegin(failure: PortFailure): Promise<void> {
    const { clock } = this.#around
    this.#beginFailures += 1
    const isOverdue = clock.now() - this.#record.createdAt >= this.#record.run.health.waitMs
    this.#complain(`could not be started: ${failure.message}`)
    if (failure.again === 'never' || isOverdue) {
      this.#health = 'failed'
      this.#settled.resolve()
    }
    await clock.sleep(restartPauseMs(this.#beginFailures, failure.again === 'never'), this.#until)
  }

  async #lay(): Promise<void> {
    if (this.#record.isLaid) return
    await this.#save()
    await rm(this.#path('app'), { recursive: true, force: true })
    await this.#around.artifacts.lay(this.#record.artifact, this.#path('app'))
    for (const part of ['home', 'tmp']) await mkdir(this.#path(part), { recursive: true, mode: 0o700 })
    this.#record = { ...this.#record, isLaid: true }
  }

  async #takePort(): Promise<void> {
    if (this.#record.run.portless) return
    const { ports } = this.#around
    if (this.#record.port !== null) ports.release(this.#record.port)
    this.#record = { ...this.#record, port: await ports.take(this.#record.port) }
  }

  /** Asked for at every start and kept nowhere: the record holds only which ones they are. */
  async #secrets(): Promise<Readonly<Record<string, string>>> {
    const { environment, secrets = {} } = this.#record
    const values: Record<string, string> = {}
    for (const [name, version] of Object.entries(secrets))
      values[name] = await this.#around.secrets.read({ environment, name, version })
    return values
  }

  #start(secrets: Readonly<Record<string, string>>): void {
    const { callerEnv, bootId, clock } = this.#around
    const places = { home: this.#path('home'), temporary: this.#path('tmp'), roleFile: this.#path('role') }
    const running = this.#output.hand((output) =>
      startProcess({
        command: this.#record.run.command,
        folder: this.#path('app'),
        env: instanceEnvironment(this.#record, places, callerEnv, secrets),
        output,
      }),
    )
    this.#running = running
    this.#runBeganMs = clock.monotonicMs()
    this.#record = {
      ...this.#record,
      process: { ...running.identity, bootId, startedAt: clock.now(), wasReady: false },
    }
  }

  /** Probes until the run is over. Returns how it ended, or undefined when it goes on without us. */
  async #watch(): Promise<string | undefined> {
    const running = this.#running
    if (running === null) return undefined
    const { clock } = this.#around
    const over = AbortSignal.any([running.ended, this.#until])
    let failedInRow = this.#mustAnswer ? 1 : 0
    while (!over.aborted) {
      const result = await this.#probe(over)
      if (over.aborted) break
      const listener = this.#listener(result)
      if (listener === 'stranger') {
        await this.#endLeftovers()
        return `port ${this.#record.port} belongs to another program; started again on another port`
      }
      // Whoever answered has stopped listening since: ask again.
      const isWell = result.isWell && listener !== 'nobody'
      failedInRow = isWell ? 0 : failedInRow + 1
      if (this.#mustAnswer && failedInRow >= probesFailedMax) {
        await this.#endLeftovers()
        return 'did not answer any more when a new server came'
      }
      if (isWell) this.#noteWell()
      else await this.#noteUnwell(result.words, failedInRow)
      await clock.sleep(this.#probePauseMs(), over)
    }
    if (!running.ended.aborted) return undefined
    await this.#endLeftovers()
    return String(running.ended.reason)
  }

  #probe(signal: AbortSignal): Promise<ProbeResult> {
    const { portless, protocol, health } = this.#record.run
    if (portless) {
      const words = `has not run for ${portless.steadyMs} ms yet`
      return Promise.resolve({ isWell: this.#runMs() >= portless.steadyMs, wasReached: false, words })
    }
    return probeHealth({ host, port: this.#record.port ?? 0, path: health.path, protocol }, signal)
  }

  /** Only asked before it is ready: a port that is ours stays ours while we hold it. */
  #listener(result: ProbeResult): ReturnType<typeof listenerOf> {
    if (this.#health === 'ready' || !result.wasReached) return 'ours'
    return listenerOf(this.#record.port ?? 0, this.#group())
  }

  #noteWell(): void {
    this.#health = 'ready'
    this.#mustAnswer = false
    this.#settled.resolve()
    const { process } = this.#record
    if (process === null || process.wasReady) return
    this.#record = { ...this.#record, process: { ...process, wasReady: true } }
    this.#saveSoon()
  }

  async #noteUnwell(words: string, failedInRow: number): Promise<void> {
    const { health, portless } = this.#record.run
    const { waitMs } = health
    // It either ends or has run long enough; there is nothing to wait for beyond that.
    if (portless) return
    if (this.#health === 'ready' && failedInRow >= probesFailedMax) this.#health = 'unhealthy'
    if (this.#health !== 'starting' || this.#runMs() < waitMs) return
    await this.#noteWords(`not ready within ${waitMs} ms: ${words}`)
    this.#health = 'failed'
    this.#settled.resolve()
    this.#saveSoon()
  }

  /** Often at first, so that a quick start is seen quickly; a slow one is asked less and less. */
  #probePauseMs(): number {
    if (this.#health !== 'starting') return probeEveryMs
    return Math.min(probeEveryMs, Math.max(probeEveryMsMin, this.#runMs() / 10))
  }

  #runMs(): number {
    return this.#around.clock.monotonicMs() - this.#runBeganMs
  }

  async #answers(): Promise<boolean> {
    const { isWell } = await this.#probe(this.#around.letGo)
    if (this.#record.run.portless) return isWell
    return isWell && ['ours', 'unknown'].includes(listenerOf(this.#record.port ?? 0, this.#group()))
  }

  #group(): ProcessGroup {
    return {
      leader: this.#record.process,
      mark: `SLUICE_INSTANCE=${this.#record.id}`,
      isWatched: this.#running !== null,
    }
  }

  /** Children that outlived the leader would hold the port and the folder against the next run. */
  async #endLeftovers(): Promise<void> {
    const { clock, letGo } = this.#around
    const termMs = Math.min(leftoverTermMs, this.#record.run.termMs)
    await endGroup(this.#group(), { termMs, clock, signal: letGo })
  }

  async #noteEnd(words: string): Promise<void> {
    await this.#endLeftovers()
    const isShort = this.#runMs() < shortRunMs
    this.#use.endRun()
    this.#running = null
    this.#mustAnswer = false
    this.#health = 'starting'
    this.#record = {
      ...this.#record,
      process: null,
      restarts: this.#record.restarts + 1,
      endedAt: [...this.#record.endedAt, this.#around.clock.now()].slice(-endsKept),
      shortRuns: isShort ? this.#record.shortRuns + 1 : 1,
    }
    await this.#untilItWorks(() => this.#noteWords(words))
    await this.#untilItWorks(() => this.#save())
  }

  async #noteWords(words: string): Promise<void> {
    const end = (await this.output(lastWordsBytes)).trimEnd()
    this.#record = { ...this.#record, lastWords: end === '' ? words : `${words}\n${end}` }
  }

  #complain(words: string): void {
    this.#record = { ...this.#record, lastWords: words }
  }

  async #tendOutput(): Promise<void> {
    while (!this.#until.aborted) {
      await this.#tendOnce()
      await this.#around.clock.sleep(tendEveryMs, this.#until)
    }
  }

  async #tendOnce(): Promise<void> {
    try {
      if (!(await this.#output.tend())) return
      const { errors, jobsDone: done, jobsFailed: failed } = this.#counts
      this.#record = { ...this.#record, errorLinesCut: errors, jobsCut: { done, failed } }
      this.#saveSoon()
    } catch (error) {
      this.#complain(`its output cannot be read or cut: ${asPortFailure(error).message}`)
    }
  }

  #path(part: string): string {
    return join(this.#folder, part)
  }

  /** Writers take turns, and each writes what is true when its turn comes. */
  #save(): Promise<void> {
    const turn = this.#saving.then(async () => {
      if ((await mkdir(this.#folder, { recursive: true, mode: 0o700 })) !== undefined) {
        await syncFolder(dirname(this.#folder))
      }
      await writeDurably(this.#path('record.json'), JSON.stringify(this.#record))
    })
    this.#saving = turn.catch(() => undefined)
    return turn
  }

  /** For facts that a later start can do without; the watch does not wait for the disk. */
  #saveSoon(): void {
    void this.#save().catch((error: unknown) =>
      this.#complain(`its record cannot be written: ${asPortFailure(error).message}`),
    )
  }

  /** A full disk ends one day; until then the instance goes on, and its last words say what is wrong. */
  async #untilItWorks(act: () => Promise<void>): Promise<void> {
    const { clock, letGo } = this.#around
    for (let pauseMs = 100; !letGo.aborted; pauseMs = Math.min(10_000, pauseMs * 2)) {
      try {
        return await act()
      } catch (error) {
        this.#complain(`waits for the disk: ${asPortFailure(error).message}`)
        await clock.sleep(pauseMs, letGo)
      }
    }
  }
}
