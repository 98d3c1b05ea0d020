/**
 * The app's manifest, from what the code uses. `ops slack manifest` prints it for an address of your own;
 * docs/slack-manifest.json is the one with the defaults.
 */
import { SHORTCUTS } from './shortcuts.ts'

/** Each with what needs it. Nothing else is asked for. */
export const SCOPES: Readonly<Record<string, string>> = {
  commands: 'the slash command and the shortcuts',
  'chat:write': 'cards, updates, and answers that only one person sees',
  'channels:history': 'finding a card again whose answer was lost, in a public channel',
  'groups:history': 'the same in a private channel',
  'im:history': 'the same for a page to one person',
  'im:write': 'paging one person',
  'users:read': 'whether an account is a full one: no guest, no bot, not of another company',
}

export const MANIFEST_DEFAULTS = { url: 'https://ops.example.com/slack/events', command: '/ops' }

export function slackManifest({
  url,
  command,
}: {
  readonly url: string
  readonly command: string
} = MANIFEST_DEFAULTS): object {
  return {
    display_information: {
      name: 'ops',
      description: 'Incidents, approvals and operational procedures of an OpenCode ACP service',
      background_color: '#1d2b3a',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
      bot_user: { display_name: 'ops', always_online: true },
      shortcuts: [
        {
          name: 'Declare an incident',
          type: 'global',
          callback_id: SHORTCUTS.declare,
          description: 'Open the form of a new incident',
        },
        {
          name: 'Add to timeline',
          type: 'message',
          callback_id: SHORTCUTS.note,
          description: 'Keep this message on the timeline of its incident',
        },
      ],
      slash_commands: [
        {
          command,
          url,
          description: 'Incidents, approvals and procedures; help says more',
          usage_hint: 'incident critical what is wrong | ack | status | approvals | help',
          // Mentions arrive with the account's id; a name alone could be anybody's.
          should_escape: true,
        },
      ],
    },
    oauth_config: { scopes: { bot: Object.keys(SCOPES) } },
    settings: {
      event_subscriptions: { request_url: url, bot_events: ['app_home_opened'] },
      interactivity: { is_enabled: true, request_url: url },
      org_deploy_enabled: false,
      socket_mode_enabled: false,
      token_rotation_enabled: false,
    },
  }
}
