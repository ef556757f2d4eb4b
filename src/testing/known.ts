// Names that callers may use in what they give. Not the cache's own check: /testing loads nothing of the cache.

/** Throws TypeError for a name that isn't known: a misspelt one would be ignored, and a test would prove nothing. */
export function onlyKnown(what: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new TypeError(`unknown ${what} \`${name}\`; known are ${known.join(', ')}`);
    }
  }
}
