/**
 * Looks closely at one host for an incident (I2.1b, S46): each collector for itself, within its time, redacted. The whole
 * goes to the artefact store, and a line with some scalars into the history (T85).
 */
import { cancellationSignal, log } from '@temporalio/activity'
import { OpsError } from '../domain/failures.ts'
import type { EvidenceWords } from '../domain/incident/evidence.ts'
import { redact } from '../domain/redact.ts'
import type { ArtefactRef } from '../domain/run-record.ts'
import type { Upload } from './adapters/upload.ts'
import { type CollectorPorts, createCollectors } from './collectors.ts'
import type { Collected, EvidenceRequest, ResponseHands } from './response-hands.ts'

export interface EvidencePorts extends CollectorPorts {
  readonly upload: Upload
  /** Milliseconds for a collector; 20 s unless told, which with the upload stays below the half minute that it is given. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 20_000
const UPLOAD_MS = 5_000

const MOST_BYTES = 1_048_576
const MOST_SUMMARY = 400

export function createEvidenceActivities(ports: EvidencePorts): Pick<ResponseHands, 'collectEvidence'> {
  const collectors = createCollectors(ports)
  return {
    /** A read, bounded. Repeating it looks again; the artefact is stored under its digest, so the same one is stored once. */
    async collectEvidence(request: EvidenceRequest): Promise<Collected> {
      const collect = collectors[request.collector]
      const words = await within(ports.deadlineMs ?? DEADLINE_MS, request.collector, signal => collect(request, signal))
      const facts = Object.entries(words.facts).map(([name, value]) => [
        name,
        typeof value === 'string' ? redact(value) : value,
      ])
      return {
        collector: request.collector,
        summary: redact(words.summary).replaceAll(/\s+/g, ' ').slice(0, MOST_SUMMARY),
        artefact: await store(ports.upload, request.collector, words),
        facts: Object.fromEntries(facts),
      }
    },
  }
}

/** Whoever does not listen to the signal is not waited for any longer either. */
async function within<T>(deadlineMs: number, collector: string, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancelled = cancellationSignal()
  const deadline = new AbortController()
  const signal = AbortSignal.any([cancelled, deadline.signal])
  const timer = setTimeout(() => deadline.abort(tooSlow(collector, deadlineMs)), deadlineMs)
  const stopped = Promise.withResolvers<never>()
  // Nobody may be listening any more when it comes.
  stopped.promise.catch(() => {})
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true })
  try {
    cancelled.throwIfAborted()
    return await Promise.race([look(signal), stopped.promise])
  } catch (error) {
    // A tool that was stopped complains in words of its own.
    signal.throwIfAborted()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function tooSlow(collector: string, deadlineMs: number): OpsError {
  const message = `the collector ${collector} did not end within ${deadlineMs / 1_000} s`
  return new OpsError({
    owner: 'host',
    message,
    hint: 'Look at the host by hand: a disk or a tool hangs, or it is overloaded.',
  })
}

/** Null when the door does not take it in time: the summary is worth more than the whole. */
async function store(upload: Upload, collector: string, { text }: EvidenceWords): Promise<ArtefactRef | null> {
  const bytes = new TextEncoder().encode(redact(text)).subarray(0, MOST_BYTES)
  const cancelled = cancellationSignal()
  try {
    return await upload(`evidence-${collector}`, bytes, AbortSignal.any([cancelled, AbortSignal.timeout(UPLOAD_MS)]))
  } catch (error) {
    cancelled.throwIfAborted()
    log.warn('the evidence was not stored', { collector, reason: error instanceof Error ? redact(error.message) : '' })
    return null
  }
}
