/** What Slack takes at most, in characters or pieces. A message beyond one of these is refused as a whole. */
export const LIMITS = {
  blocksPerView: 100,
  header: 150,
  section: 3_000,
  field: 2_000,
  fields: 10,
  contextElements: 10,
  buttonsPerRow: 25,
  buttonText: 75,
  confirmTitle: 100,
  confirmText: 300,
  options: 100,
  optionText: 75,
  inputText: 3_000,
  viewTitle: 24,
  /** Beyond this Slack advises against; it cuts at ten times as much. */
  text: 4_000,
} as const
