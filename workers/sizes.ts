/** Sizes that are choices, with their reasons. */

/**
 * Workflows kept in memory by the control plane. A waiting one costs about 0.25 MB of the process; one that is not there costs a replay of some
 * milliseconds when its next event comes. 200 is more than a busy day has open. A thousand runs that begin within seconds add about 110 MB
 * with a young generation of 2 MB (`--max-semi-space-size=2`, given where the control plane is started; `npm run bench -- open-workflows`,
 * goal 150 MB).
 */
export const CACHED_WORKFLOWS = 200

/**
 * Calls to Slack and mail servers at the same time. Most of them wait for their turn in the pace, and a waiting one costs nothing;
 * but a page must find a free place even when a hundred cards wait.
 */
export const CHAT_ACTIVITIES = 300
