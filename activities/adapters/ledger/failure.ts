/** Says whose problem it is when PostgreSQL refuses or does not answer. Messages name the database, never a password. */
import { OpsError } from '../../../domain/failures.ts'

/** Node's own codes: nobody listens, nobody answers, the line broke. */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ETIMEDOUT|EPIPE)$/
const BROKEN_LINE = /timeout|terminated|Connection ended|not queryable/i

/**
 * SQLSTATEs that pass by themselves: connection exceptions, out of resources, shutting down, deadlock, cancelled by a
 * timeout; and 28000, a role that may not log in for now (maintenance closes the ledger with NOLOGIN).
 */
const PASSING = /^(08|53|57P0|57014|40001|40P01|55P03|28000|25P03)/

const REACH = 'Is its PostgreSQL running and may the role log in? "ops doctor" looks; waiting runs go on by themselves.'

export function ledgerFailure(cause: unknown): OpsError {
  if (cause instanceof OpsError) return cause
  const code = codeOf(cause)
  const message = messageOf(cause)
  // The cause is not passed on: errors of a connection string carry the string.
  if (UNREACHABLE.test(code) || PASSING.test(code) || (code === '' && BROKEN_LINE.test(message))) {
    return new OpsError({ owner: 'host', message: `the ledger is unreachable: ${message}`, hint: REACH })
  }
  switch (code) {
    case '25006':
      return new OpsError({
        owner: 'host',
        message: `the ledger takes no rows for now: ${message}`,
        hint: 'Its PostgreSQL is read-only, as a standby is: make it the primary or name the primary in the URL. Waiting runs go on by themselves.',
      })
    case '28P01':
      return configuration(`the ledger refuses the password: ${message}`, 'Correct the password of the ledger.')
    case '3D000':
      return configuration(`the ledger is missing: ${message}`, 'Create the database, then run its migration.')
    case '3F000':
    case '42P01':
    case '42703':
      return configuration(`the ledger has no tables yet: ${message}`, 'Run the migration of the ledger as its owner.')
    case '42704':
      return configuration(message, 'Create the role that the ledger is granted to, then migrate again.')
    case 'ERR_INVALID_URL':
      return configuration('the address of the ledger is no URL', 'Write it as postgres://role@host:port/database.')
    case '42501':
      return new OpsError({
        owner: 'permission',
        message,
        hint: 'The ledger grants its role SELECT and INSERT and nothing else; correct a row by appending another.',
      })
    default:
      return configuration(
        `the ledger refused the statement: ${code} ${message}`.replace(/\s+/g, ' '),
        'This is a defect of this programme: report it with this message.',
      )
  }
}

function configuration(message: string, hint: string): OpsError {
  return new OpsError({ owner: 'configuration', message, hint })
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

/** Of the addresses of one name that were all tried, the first that failed speaks for them. */
function messageOf(cause: unknown): string {
  const first = cause instanceof AggregateError && cause.message === '' ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}
