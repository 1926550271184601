// Suggestions for misspelt names.

/** The candidate that is closest to `given`, when it is close enough to be a slip of the fingers, or the one it begins. */
export function didYouMean(given: string, candidates: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase();
  const known = [...candidates];
  let best: string | undefined;
  // Of two letters any two names are alike.
  let bestDistance = given.length < 2 ? 1 : Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? completion(wanted, known);
}

/** A longer name that begins with what was given, when there is no other one. */
function completion(wanted: string, known: readonly string[]): string | undefined {
  const longer = wanted.length < 3 ? [] : known.filter((name) => name.toLowerCase().startsWith(wanted));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Number of insertions, deletions, replacements and swaps of neighbours; gives `limit` as soon as it is reached. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) {
    return limit;
  }
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforePrevious[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    if (Math.min(...row) >= limit) {
      return limit;
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}
