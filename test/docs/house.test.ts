/** The house keeps its own rules: short files, no leftovers of unfinished work. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => /\.(ts|mjs)$/.test(file) && existsSync(join(ROOT, file)))

test('no file is longer than a head can hold', () => {
  const long = tracked
    .map(file => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
    .filter(({ file, lines }) => lines > (file.startsWith('test/') ? 500 : 300))
  assert.deepEqual(long, [])
})

test('every source file says what it is for', () => {
  const silent = tracked.filter(file => {
    if (file.startsWith('test/')) return false
    const text = readFileSync(join(ROOT, file), 'utf8').replace(/^#!.*\n/, '')
    return !/^\/\*\*|^\/\//.test(text)
  })
  assert.deepEqual(silent, [])
})

test('no module of the workflows holds state, because all runs of a worker share it (decision 0011)', () => {
  const changeable =
    /^(export )?(let|var) |^(export )?const \w+(: [^=]+)? = (new (Weak)?(Map|Set)(<.*>)?\(\)|\[\]|\{\})$/m
  const withState = tracked
    .filter(file => /^(domain|workflows)\/|^test\/.*-workflows?\.ts$/.test(file))
    .filter(file => changeable.test(readFileSync(join(ROOT, file), 'utf8')))
  // Formats of time zones are the same for every run, and dear to make.
  assert.deepEqual(withState, ['domain/team/zone.ts'])
})

test('one protobufjs, so that recorded histories load', () => {
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  )
  const versions = Object.entries(lock.packages)
    .filter(([path]) => path.endsWith('node_modules/protobufjs') && !path.includes('proto-loader'))
    .map(([path]) => path)
  assert.deepEqual(versions, ['node_modules/protobufjs'])
})

test('the lock file names no registry', () => {
  assert.doesNotMatch(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'), /"resolved"/)
})

test('the lock file is complete, so that npm ci takes it on any platform (node tools/complete-lock.mjs)', () => {
  const { packages }: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  )
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([, version]) => /^\d+\.\d+\.\d+/.test(version))
      .map(([name]) => name)
      .filter(
        name =>
          packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined,
      ),
  )
  assert.deepEqual(missing, [])
})
