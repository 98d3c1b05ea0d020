/** The list of workflow types, in calendar order. */
export { healthCheck } from './health-check.ts'
