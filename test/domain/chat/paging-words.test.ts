/** Whom the card says to be rung when there is no roster. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incidentCard } from '../../../domain/chat/incident-card.ts'
import { card, incident, team } from './samples.ts'

const wordsOf = (responders: typeof team.groups.responders) => {
  const groups = { ...team.groups, responders: responders ?? [] }
  return JSON.stringify(incidentCard(incident(), { ...card, team: { ...team, roster: null, groups } }))
}

test('without a roster all responders are rung as one, and rung again', () => {
  assert.match(wordsOf(team.groups.responders), /paging all responders since .*; next all responders at /)
})

test('without a roster and without responders nobody is rung', () => {
  assert.match(wordsOf([]), /paging nobody, because nobody is on call/)
})
