/** The import law of the house: who may know what. */

const SDK = '(^|/)node_modules/@temporalio/'
const BUILT_IN = 'core'

/** Each room may import itself and these. */
const forbid = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to })

export default {
  forbidden: [
    forbid('no-cycles', {}, { circular: true }, 'Two files that need each other are one idea in two places.'),
    forbid('domain-is-alone', { path: '^domain/' }, { pathNot: '^domain/' }, 'What we know depends on nothing.'),
    forbid(
      'workflows-know-domain',
      { path: '^workflows/' },
      { path: '^(activities|workers|starters|sandbox|test)/', dependencyTypesNot: ['type-only'] },
      'Workflows see activities as types only: values would drag tools into the sandbox.',
    ),
    forbid(
      'workflows-are-deterministic',
      { path: '^(workflows|domain)/' },
      { dependencyTypes: [BUILT_IN] },
      'Node built-ins are not deterministic.',
    ),
    forbid(
      'workflows-stay-light',
      { path: '^workflows/' },
      { path: 'node_modules', pathNot: `${SDK}(workflow|common)/` },
      'A heavy module costs a megabyte in every cached workflow.',
    ),
    forbid(
      'adapters-know-no-temporal',
      { path: '^activities/adapters/' },
      { path: [SDK, '^(workflows|workers|starters|sandbox|activities/(?!adapters/))'] },
      'An adapter knows its tool and nothing above it.',
    ),
    forbid(
      'activities-know-no-workflow',
      { path: '^activities/' },
      { path: '^(workflows|workers|starters|sandbox|test)/' },
      'Activities are verbs; who calls them is not their business.',
    ),
    forbid(
      'nobody-imports-processes',
      { path: '^(domain|workflows|activities|starters|sandbox)/' },
      { path: '^workers/' },
      'Workers assemble; nothing builds on them.',
    ),
    forbid(
      'nobody-imports-doors',
      { path: '^(domain|workflows|activities|workers)/' },
      { path: '^starters/' },
      'Doors are the outermost ring.',
    ),
    forbid(
      'starters-call-by-message',
      { path: '^starters/' },
      { path: '^workflows/(?!messages)', dependencyTypesNot: ['type-only'] },
      'Doors start workflows by name and type; importing them would load the workflow runtime.',
    ),
    forbid(
      'sandbox-is-apart',
      { path: '^(domain|workflows|activities|workers|starters)/' },
      { path: '^(sandbox|test)/' },
      'The product does not know its rig.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    includeOnly: undefined,
    exclude: { path: '^(dist|docs|\\.sandbox|tools)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'] },
  },
}
