// The order in which lists are shown and written: by code units, the same on every machine.

/** Compares two texts for sorting. */
export function compareTexts(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  return one < other ? -1 : 1;
}
