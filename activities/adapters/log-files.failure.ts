/** A log that is missing, one that may not be read and one that is damaged need different remedies. */
import { OpsError } from '../../domain/failures.ts'

export function notReadable(path: string, cause: unknown): OpsError {
  if (cause instanceof OpsError) return cause
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new OpsError({
        owner: 'configuration',
        message: `there is no log ${path}`,
        hint: 'Correct service.log in the estate file, or find out why the service does not write it.',
      })
    case 'EACCES':
    case 'EPERM':
      return new OpsError({
        owner: 'permission',
        message: `the log ${path} may not be read`,
        hint: 'Put the host worker into the group of the log.',
      })
    case 'EISDIR':
    case 'ENXIO':
      return new OpsError({
        owner: 'configuration',
        message: `${path} is ${code === 'EISDIR' ? 'a folder' : 'no ordinary file'} and not a log`,
        hint: 'Name the log file itself in service.log of the estate file.',
      })
    case 'COMPRESSION':
      return new OpsError({
        owner: 'configuration',
        message: `${path} is compressed in a way that is not read here`,
        hint: 'Let logrotate compress with gzip.',
      })
    case 'Z_DATA_ERROR':
    case 'Z_BUF_ERROR':
    case 'ERR_BUFFER_TOO_LARGE':
      return new OpsError({
        owner: 'host',
        message: `the compressed log ${path} is damaged`,
        hint: 'Run "gzip -t" on it; a full disk during rotation is the usual reason. Move it away once it is understood.',
      })
    default:
      return new OpsError({
        owner: 'host',
        message: `the log ${path} cannot be read: ${code || String(cause)}`,
        hint: 'Look at the disk and at "dmesg" of the host.',
      })
  }
}
