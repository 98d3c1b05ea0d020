/** What rings: a private message to one person, with the button that stops it. */
import { parseIncidentName } from '../incident/incident.ts'
import { type Button, button, buttons, context, header, section } from './blocks.ts'
import { ACTIONS, type ChatMessage } from './chat.ts'
import { buttonValue } from './incident-buttons.ts'
import { LIMITS } from './limits.ts'
import { code, escaped, markup, oneLine, paragraph } from './text.ts'

export interface Page {
  /** INC-7; anything else is a test. */
  readonly incident: string
  readonly workflowId: string
  readonly title: string
  readonly text: string
}

export function pageMessage({ incident, workflowId, title, text }: Page): ChatMessage {
  const headline = `🔔 ${oneLine(incident)} ${oneLine(title)}`
  // Nobody acknowledges a test.
  const number = parseIncidentName(incident)
  const isTest = number === null
  const stopWords = markup`You are paged until somebody acknowledges. By command line: ${code(`ops incident ack ${incident}`)}`
  const acknowledge: Button = {
    action: ACTIONS.acknowledge,
    label: 'Acknowledge',
    style: 'primary',
    // A page outlives its incident, and the next one of its cause has the same workflow id.
    value: buttonValue({ workflowId, number: number ?? 0 }),
  }
  return {
    text: escaped(`${headline}: ${oneLine(text)}`, LIMITS.text),
    blocks: [
      header(headline),
      ...section([paragraph(text, 2_500)]),
      ...(isTest ? [] : buttons(`page:${incident}`, [button(acknowledge)])),
      ...(isTest ? [] : context([stopWords])),
    ],
  }
}

/** The same message once it need not ring any more: no button, and why. */
export function quietedPage(text: string): ChatMessage {
  return { text: escaped(oneLine(text), LIMITS.text), blocks: [...section([markup`🔕 ${paragraph(text, 2_500)}`])] }
}
