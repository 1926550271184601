// The lines by which a step talks to the runner, and how text that is not ours is kept from becoming one.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions

/** `::name key=value::message`, without a line end. Properties that are `undefined` are left out. */
export function writeRunnerCommand(
  name: string,
  message: string,
  properties: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const given = Object.entries(properties).filter(([, value]) => value !== undefined && value !== "");
  const list = given.map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(",");
  return `::${name}${list === "" ? "" : ` ${list}`}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Characters that a runner may skip when it looks for a command: blanks, controls, colours, marks that cannot be seen. */
const UNSEEN = "(?:\\u001b\\[[\\d;]*[A-Za-z]|[^\\p{L}\\p{N}\\p{P}\\p{S}])*";
/** Where other readers of a log than the runner begin a new line. */
const SEPARATORS = "\\v\\f\\u0085\\u2028\\u2029";
/** Up to the next separator: a search that began at each of many and went over all the others would never end. */
const UNSEEN_IN_LINE = `(?:\\u001b\\[[\\d;]*[A-Za-z]|[^\\p{L}\\p{N}\\p{P}\\p{S}${SEPARATORS}])*`;
const COMMAND = new RegExp(`^(${UNSEEN}:${UNSEEN}):`, "u");
const AFTER_SEPARATOR = new RegExp(`([${SEPARATORS}]${UNSEEN_IN_LINE}:${UNSEEN}):`, "gu");
const SEPARATOR = new RegExp(`[${SEPARATORS}]`);
const OLD_COMMAND = new RegExp(`(#${UNSEEN}#${UNSEEN})\\[`, "gu");

/**
 * A line that the runner takes for text: one that begins with `::`, or has `##[` anywhere, gets a backslash into it.
 * The runner trims blanks and compares as people read, so what cannot be seen does not count.
 */
export function makeHarmless(line: string): string {
  const first = line.charCodeAt(0);
  const plain = first > 32 && first < 127 && first !== 58;
  const safe = plain ? line : line.replace(COMMAND, "$1\\:");
  const whole = SEPARATOR.test(safe) ? safe.replace(AFTER_SEPARATOR, "$1\\:") : safe;
  return whole.includes("#") ? whole.replace(OLD_COMMAND, "$1\\[") : whole;
}

/** The lines of a text, cut wherever the runner would begin a new one. */
export function splitLines(text: string): string[] {
  if (text.includes("\r")) {
    return text.split(/\r\n|\r|\n/);
  }
  return text.includes("\n") ? text.split("\n") : [text];
}

/** Text from outside on one harmless line: for titles and names. */
export function joinLines(text: string): string {
  // As it stands in a group's heading, which the runner repeats as `##[group]…`.
  return makeHarmless(text.replace(/[\s\p{Cc}]+/gu, " ").trim());
}

/** Several harmless lines, for messages. */
export function writeHarmless(text: string): string {
  return splitLines(text).map(makeHarmless).join("\n");
}
