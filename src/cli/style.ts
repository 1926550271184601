// Colours of a terminal.

/** ANSI colour numbers that builds take in turn, as in Packer. */
export const BUILD_COLOURS = [32, 36, 35, 33, 34] as const;
export const ERROR_COLOUR = 31;

/** Wraps a text in one pair of escape codes. */
export function paintText(text: string, colour: number, bold: boolean): string {
  return `\u001b[${bold ? 1 : 0};${colour}m${text}\u001b[0m`;
}
