/** One JSON log for a process: pino, with Temporal's own lines in the same stream. */
import type { LogEntry, Logger, LogLevel, LogMetadata } from '@temporalio/worker'
import { pino } from 'pino'
import { redact } from '../domain/redact.ts'

export type ProcessLogger = pino.Logger

export function createLogger(name: string, level: string): ProcessLogger {
  return pino({
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: {
      // The last edge before a line leaves the process: what slipped through everything else is masked here.
      streamWrite: redact,
    },
  })
}

/** The shape that Temporal wants a logger to have. */
export function temporalLogger(logger: ProcessLogger): Logger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    logger[PINO_LEVEL[level]]({ ...meta }, message)
  }
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  }
}

const PINO_LEVEL = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogEntry['level'], string>
