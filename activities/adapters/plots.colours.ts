/** Colours that the page around a plot decides; without a page they are the text's. */

export const LINE = 'var(--line, currentColor)'
export const SOFT = 'var(--muted, currentColor)'
export const TEXT = 'currentColor'
