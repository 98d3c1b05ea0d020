/** What Slack takes at most, in characters or pieces. A message beyond one of these is refused as a whole. */
export const LIMITS = {
  blocksPerView: 100,
  header: 150,
  section: 3_000,
  /** All texts of a message's blocks together, with room for its header; Slack refuses somewhat more than 13,000. */
  message: 12_500,
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
