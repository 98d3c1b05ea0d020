/** The bundle of the engine benchmark: the procedure and the bare workflow side by side in one worker. */
export { healthCheck } from '../../workflows/index.ts'
export { bareHealthCheck } from './bare-workflow.ts'
