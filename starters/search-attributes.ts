/** Typed keys of the search attributes, for whoever starts runs or lists them. */
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common'
import type { KeywordAttribute, KeywordListAttribute } from '../domain/search-attributes.ts'

const keyword = (name: KeywordAttribute) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)
const keywordList = (name: KeywordListAttribute) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD_LIST)

export const opsProcedure = keyword('OpsProcedure')
export const opsVerdict = keyword('OpsVerdict')
export const opsIncident = keyword('OpsIncident')
export const opsTarget = keywordList('OpsTarget')

/** Set by the server on what a schedule starts: the time that the run stands for. */
export const scheduledStartTime = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME)

/** What every start carries, so that it is found from its first moment. */
export function startAttributes(procedure: string, hosts: readonly string[]): SearchAttributePair[] {
  return [
    { key: opsProcedure, value: procedure },
    { key: opsTarget, value: [...hosts] },
  ]
}
