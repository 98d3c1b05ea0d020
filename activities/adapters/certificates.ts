/** When certificate files expire. Of a chain the first one counts: it is the one that the server shows. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CertificateFacts } from '../../domain/facts.ts'
import { OpsError } from '../../domain/failures.ts'

const DAY_MS = 86_400_000

/** Throws OpsError that names every file that could not be read: an unread certificate must not look like a valid one. */
export async function readCertificates(paths: readonly string[], now: Date): Promise<readonly CertificateFacts[]> {
  const results = await Promise.allSettled(paths.map(path => readCertificate(path, now)))
  const problems = results.flatMap(result => (result.status === 'rejected' ? [String(result.reason.message)] : []))
  if (problems.length > 0) {
    const hint = 'Correct "certificates" in the estate file, or let the host worker read these files.'
    throw new OpsError({ owner: 'configuration', message: problems.join('; '), hint })
  }
  return results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
}

async function readCertificate(path: string, now: Date): Promise<CertificateFacts> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read ${path}: ${cause.code ?? cause.message}`)
  })
  const certificate = parse(path, bytes)
  return {
    path,
    subject: certificate.subject.replaceAll('\n', ', '),
    notAfter: certificate.validToDate.toISOString(),
    daysLeft: (certificate.validToDate.getTime() - now.getTime()) / DAY_MS,
  }
}

function parse(path: string, bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes)
  } catch {
    throw new Error(`${path} holds no certificate`)
  }
}
