// Writes a big log in the gateway's format: `node write-big-log.mjs FILE RECORDS DAYS`, evenly spread up to now, each 200th a failed request.
import { closeSync, openSync, writeSync } from 'node:fs'

const [file = '', records = '0', days = '1'] = process.argv.slice(2)
const count = Number(records)
const span = Number(days) * 86_400_000
const start = Date.now() - span
const out = openSync(file, 'w')
let lines = []
for (let index = 0; index < count; index += 1) {
  const at = new Date(start + (index * span) / count).toISOString()
  const what =
    index % 200 === 0
      ? 'ERROR session/new conn=7 code=-32603 error="agent process exited before it answered the request" duration=12.5'
      : 'INFO session/list conn=7 session=ses_0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz duration=12.5'
  lines.push(`${at} ${what}\n`)
  if (lines.length === 50_000 || index === count - 1) {
    writeSync(out, lines.join(''))
    lines = []
  }
}
closeSync(out)
