/**
 * Judges blocks and views by the table of rules.ts as the real one does: with its words, and with a JSON pointer to
 * each place. Lengths are counted in code points.
 */
import { randomBytes } from 'node:crypto'
import { ApiError } from '../api/error.ts'
import { type Fields, fieldsOf, isFields, listOf, textOf } from '../json.ts'
import type { Block } from '../world.ts'
import { BLOCKS, ELEMENTS, type Rule, type Shape, VIEW } from './rules.ts'

const MESSAGE_BLOCKS = 50
const VIEW_BLOCKS = 100
/** Characters of all texts of a message's blocks together; as its users report it, for it is not documented. */
const MESSAGE_TEXT = 13_200

type Problems = readonly string[]

const problem = (message: string, at: string): Problems => [`${message} [json-pointer:${at}]`]
const none: Problems = []

/** Throws `invalid_blocks` or `msg_blocks_too_long`. */
export function checkMessageBlocks(blocks: readonly unknown[]): void {
  const problems = blockProblems(blocks, MESSAGE_BLOCKS, '/blocks')
  if (problems.length > 0)
    throw new ApiError('invalid_blocks', {
      errors: problems,
      response_metadata: { messages: problems.map(one => `[ERROR] ${one}`) },
    })
  if (lengthOfTexts(blocks) > MESSAGE_TEXT) throw new ApiError('msg_blocks_too_long')
}

/** Throws `invalid_arguments`. */
export function checkView(view: Fields, type: 'modal' | 'home'): void {
  const blocks = listOf(view.blocks)
  const hasInput = blocks.some(block => fieldsOf(block).type === 'input')
  const found = [
    ...shapeProblems(view, VIEW, '/view'),
    ...(view.type === type ? none : problem(`must be a ${type} view`, '/view/type')),
    ...(type === 'modal' && view.title === undefined ? problem('missing required field: title', '/view') : none),
    ...(type === 'modal' && hasInput && view.submit === undefined
      ? problem('missing required field: submit (there are input blocks)', '/view')
      : none),
    ...blockProblems(blocks, VIEW_BLOCKS, '/view/blocks'),
  ]
  if (found.length > 0)
    throw new ApiError('invalid_arguments', {
      response_metadata: { messages: found.map(one => `[ERROR] ${one}`) },
    })
}

/** Gives each block and each element that lacks one an id, as Slack does on arrival. */
export function withBlockIds(blocks: readonly unknown[]): readonly Block[] {
  return blocks.map(given => {
    const block = fieldsOf(given)
    const named = (element: unknown) =>
      ELEMENTS[textOf(fieldsOf(element).type) ?? ''] === undefined || fieldsOf(element).type === 'image'
        ? element
        : { action_id: shortId(), ...fieldsOf(element) }
    return {
      block_id: shortId(),
      ...block,
      ...(block.accessory === undefined ? {} : { accessory: named(block.accessory) }),
      ...(block.element === undefined ? {} : { element: named(block.element) }),
      ...(block.type === 'actions' ? { elements: listOf(block.elements).map(named) } : {}),
    }
  })
}

const shortId = () => randomBytes(4).toString('base64url')

function blockProblems(blocks: readonly unknown[], most: number, at: string): Problems {
  const ids = blocks.map(block => textOf(fieldsOf(block).block_id))
  return [
    ...(blocks.length > most ? problem(`no more than ${most} items allowed`, at) : none),
    ...duplicates(ids).flatMap(index => problem('`block_id` already exists', `${at}/${index}/block_id`)),
    ...blocks.flatMap((block, index) => problemsOfOne(fieldsOf(block), `${at}/${index}`)),
  ]
}

function problemsOfOne(block: Block, at: string): Problems {
  const shape = BLOCKS[textOf(block.type) ?? '']
  if (shape === undefined) return problem(`unsupported type: ${String(block.type)}`, `${at}/type`)
  const actionIds = listOf(block.elements).map(element => textOf(fieldsOf(element).action_id))
  const isEmpty = block.type === 'section' && block.text === undefined && block.fields === undefined
  return [
    ...shapeProblems(block, shape, at),
    ...(isEmpty ? problem('missing required field: text or fields', at) : none),
    ...duplicates(actionIds).flatMap(index =>
      problem('`action_id` already exists', `${at}/elements/${index}/action_id`),
    ),
  ]
}

/** Places of the ids that stand earlier as well. */
function duplicates(ids: readonly (string | undefined)[]): readonly number[] {
  return ids.flatMap((id, index) => (id !== undefined && ids.indexOf(id) < index ? [index] : []))
}

function shapeProblems(value: Fields, shape: Shape, at: string): Problems {
  const unknown = Object.keys(value).filter(name => shape[name] === undefined)
  return [
    ...unknown.flatMap(name => problem(`invalid additional property: ${name}`, at)),
    ...Object.entries(shape).flatMap(([name, rule]) => {
      if (value[name] !== undefined) return valueProblems(value[name], rule, `${at}/${name}`)
      return rule.required === true ? problem(`missing required field: ${name}`, at) : none
    }),
  ]
}

function valueProblems(value: unknown, rule: Rule, at: string): Problems {
  switch (rule.is) {
    case 'anything':
      return none
    case 'boolean':
    case 'number':
      return typeof value === rule.is ? none : problem(`must be a ${rule.is}`, at)
    case 'string':
      return lengthProblems(value, rule.min ?? 0, rule.max, at)
    case 'text':
      return textProblems(value, rule.max, rule.plain === true, at)
    case 'word':
      return rule.of.includes(String(value)) ? none : problem(`must be one of: ${rule.of.join(', ')}`, at)
    case 'list':
      if (!Array.isArray(value)) return problem('must be an array', at)
      return [
        ...(value.length > rule.max ? problem(`no more than ${rule.max} items allowed`, at) : none),
        ...(value.length < (rule.min ?? 0) ? problem(`no fewer than ${rule.min} items allowed`, at) : none),
        ...value.flatMap((item, index) => valueProblems(item, rule.of, `${at}/${index}`)),
      ]
    case 'object':
      return isFields(value) ? shapeProblems(value, rule.fields, at) : problem('must be an object', at)
    case 'element':
      return elementProblems(fieldsOf(value), rule.of, at)
  }
}

function elementProblems(element: Fields, of: readonly string[], at: string): Problems {
  const type = textOf(element.type) ?? ''
  if (!of.includes(type)) return problem(`unsupported type: ${type}`, `${at}/type`)
  if (type === 'plain_text' || type === 'mrkdwn') return textProblems(element, 3000, false, at)
  return shapeProblems(element, ELEMENTS[type] ?? {}, at)
}

function textProblems(value: unknown, max: number, plain: boolean, at: string): Problems {
  const { type, text } = fieldsOf(value)
  const isText = type === 'plain_text' || (!plain && type === 'mrkdwn')
  if (!isText) return problem(plain ? 'must be a plain_text object' : 'failed to match all allowed schemas', at)
  return lengthProblems(text, 1, max, `${at}/text`)
}

function lengthProblems(value: unknown, min: number, max: number, at: string): Problems {
  if (typeof value !== 'string') return problem('must be a string', at)
  const length = [...value].length
  if (length < min) return problem(`must be more than ${min - 1} characters`, at)
  return length > max ? problem(`must be less than ${max + 1} characters`, at) : none
}

function lengthOfTexts(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + lengthOfTexts(item), 0)
  if (!isFields(value)) return 0
  const own = textOf(value.text)?.length ?? 0
  return Object.values(value).reduce<number>((sum, item) => sum + lengthOfTexts(item), own)
}
