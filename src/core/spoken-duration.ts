// Durations in words, as Packer says them.

const UNITS: readonly (readonly [name: string, microseconds: number])[] = [
  ["week", 604_800_000_000],
  ["day", 86_400_000_000],
  ["hour", 3_600_000_000],
  ["minute", 60_000_000],
  ["second", 1_000_000],
  ["millisecond", 1_000],
  ["microsecond", 1],
];

/** The two most significant units that are not zero: `2 minutes 3 seconds`. */
export function speakDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds * 1000));
  const words: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) {
      words.push(`${count} ${name}${count === 1 ? "" : "s"}`);
    }
    if (words.length === 2) {
      break;
    }
  }
  return words.length === 0 ? "0 microseconds" : words.join(" ");
}
