/** The payloads that Slack sends to an app, field by field. */
import { messageShape } from '../api/shapes.ts'
import { type Fields, textOf } from '../json.ts'
import { type View, viewShape } from '../modals.ts'
import type { Workspace } from '../workspace.ts'
import { APP, type Channel, type Ephemeral, type Message, type Person, TEAM } from '../world.ts'

/** The old verification token, which nobody should look at any more. */
const TOKEN = 'not-for-verification'

export interface Handles {
  readonly triggerId: string
  readonly responseUrl: string
}

export function commandForm(
  person: Person,
  channel: Channel,
  { command, text }: { command: string; text: string },
  { triggerId, responseUrl }: Handles,
): Readonly<Record<string, string>> {
  return {
    token: TOKEN,
    team_id: person.teamId,
    team_domain: TEAM.domain,
    channel_id: channel.id,
    channel_name: channel.isIm ? 'directmessage' : channel.name,
    user_id: person.id,
    user_name: person.name,
    command,
    text,
    api_app_id: APP.id,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerId,
  }
}

export interface Pressed {
  readonly blockId: string
  readonly actionId: string
  readonly element: Fields
  /** The fields that carry the value; see entries.ts. */
  readonly value: Fields
}

export function actionsOnMessage(
  workspace: Workspace,
  person: Person,
  channel: Channel,
  on: Message | Ephemeral,
  pressed: Pressed,
  values: Fields,
  { triggerId, responseUrl }: Handles,
): Fields {
  const message = workspace.message(channel.id, on.ts)
  return {
    type: 'block_actions',
    ...envelope(person),
    container: {
      type: 'message',
      message_ts: on.ts,
      channel_id: channel.id,
      is_ephemeral: message === undefined,
      ...(on.threadTs === undefined ? {} : { thread_ts: on.threadTs }),
    },
    trigger_id: triggerId,
    channel: channelOf(channel),
    ...(message === undefined ? {} : { message: messageShape(workspace, message, false) }),
    state: { values },
    response_url: responseUrl,
    actions: [actionOf(pressed, workspace.nextTs())],
  }
}

export function actionsInView(
  workspace: Workspace,
  person: Person,
  view: View,
  pressed: Pressed,
  values: Fields,
  triggerId: string,
): Fields {
  return {
    type: 'block_actions',
    ...envelope(person),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    view: viewShape(view, values),
    actions: [actionOf(pressed, workspace.nextTs())],
  }
}

export function viewSubmission(person: Person, view: View, values: Fields, triggerId: string): Fields {
  return {
    type: 'view_submission',
    ...envelope(person),
    trigger_id: triggerId,
    view: viewShape(view, values),
    response_urls: [],
  }
}

export function viewClosed(person: Person, view: View, isCleared: boolean): Fields {
  return { type: 'view_closed', ...envelope(person), view: viewShape(view), is_cleared: isCleared }
}

export function shortcut(workspace: Workspace, person: Person, callbackId: string, triggerId: string): Fields {
  return {
    type: 'shortcut',
    ...envelope(person),
    callback_id: callbackId,
    trigger_id: triggerId,
    action_ts: workspace.nextTs(),
  }
}

export function messageShortcut(
  workspace: Workspace,
  person: Person,
  channel: Channel,
  message: Message,
  callbackId: string,
  { triggerId, responseUrl }: Handles,
): Fields {
  return {
    type: 'message_action',
    ...envelope(person),
    callback_id: callbackId,
    trigger_id: triggerId,
    response_url: responseUrl,
    action_ts: workspace.nextTs(),
    channel: channelOf(channel),
    message_ts: message.ts,
    message: messageShape(workspace, message, false),
  }
}

export function eventEnvelope(workspace: Workspace, event: Fields): Fields {
  const ts = workspace.nextTs()
  return {
    token: TOKEN,
    team_id: TEAM.id,
    context_team_id: TEAM.id,
    api_app_id: APP.id,
    event: { event_ts: ts, ...event },
    type: 'event_callback',
    event_id: `Ev0${ts.replace('.', '')}`,
    event_time: Math.floor(Number(ts)),
    authorizations: [
      { enterprise_id: null, team_id: TEAM.id, user_id: APP.user, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
  }
}

function envelope(person: Person): Fields {
  return {
    user: { id: person.id, username: person.name, name: person.name, team_id: person.teamId },
    api_app_id: APP.id,
    token: TOKEN,
    team: { id: TEAM.id, domain: TEAM.domain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

function channelOf({ id, isIm, name }: Channel): Fields {
  return { id, name: isIm ? 'directmessage' : name }
}

function actionOf({ blockId, actionId, element, value }: Pressed, ts: string): Fields {
  const kept = ['text', 'style', 'url', 'confirm', 'placeholder'].filter(name => element[name] !== undefined)
  return {
    type: textOf(element.type),
    block_id: blockId,
    action_id: actionId,
    ...Object.fromEntries(kept.map(name => [name, element[name]])),
    ...value,
    action_ts: ts,
  }
}
