/** HTML that is safe by construction: what is put into a template is text and is escaped, unless it is markup itself. */

export interface Markup {
  readonly kind: 'markup'
  readonly text: string
}

type Piece = string | number | null | Markup | readonly Markup[]

/** For what is HTML already, such as a drawn plot. */
export function markup(text: string): Markup {
  return { kind: 'markup', text }
}

export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return markup(parts.map((part, index) => part + render(pieces[index] ?? null)).join(''))
}

export function escapeHtml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      // Marks that turn the direction of writing around make text read as something else; control characters are no HTML.
      .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, found => (/[\n\t]/.test(found) ? found : '\uFFFD'))
  )
}

function render(piece: Piece): string {
  if (piece === null) return ''
  if (typeof piece === 'string') return escapeHtml(piece)
  if (typeof piece === 'number') return String(piece)
  return 'kind' in piece ? piece.text : piece.map(({ text }) => text).join('')
}
