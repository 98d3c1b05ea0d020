import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../../sandbox/estate/problem.ts'
import { readStartOptions } from '../../sandbox/options.ts'

test('without options: the sandbox, with traffic, staying in the foreground', () => {
  const options = readStartOptions([])
  assert.equal(options.name, 'sandbox')
  assert.equal(options.temporal, 'auto')
  assert.deepEqual([options.once, options.fresh, options.traffic, options.bare], [false, false, true, false])
})

test('every option is understood', () => {
  const words = [
    '--once',
    '--fresh',
    '--name',
    'x',
    '--no-traffic',
    '--temporal',
    'pinned',
    '--var-size',
    '1.5',
    '--bare',
  ]
  const options = readStartOptions(words)
  assert.deepEqual([options.once, options.fresh, options.traffic, options.bare], [true, true, false, true])
  assert.equal(options.name, 'x')
  assert.equal(options.temporal, 'pinned')
  assert.equal(options.sizes.varBytes, 1.5 * 1024 ** 3)
})

for (const words of [
  ['--nmae', 'x'],
  ['extra'],
  ['--name'],
  ['--temporal', 'cloud'],
  ['--var-size', 'big'],
  ['--once=1'],
]) {
  test(`'${words.join(' ')}' is refused as wrong usage, with a hint`, () => {
    assert.throws(
      () => readStartOptions(words),
      (error: unknown) =>
        error instanceof Problem && error.exit === 64 && error.hint?.includes('Nothing was started') === true,
    )
  })
}
