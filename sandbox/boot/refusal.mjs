// A reason not to go on that a person can act on, with the exit code of the house for it.

export class Refusal extends Error {
  /** @param {string} message @param {{ hint?: string, exit: number }} options */
  constructor(message, { hint, exit }) {
    super(hint === undefined ? message : `${message}\n  ${hint}`)
    this.exit = exit
  }
}
