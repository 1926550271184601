// Text from outside inside Markdown: shown as it is, never read as markup.

/** For running text and cells of a table. */
export function escapeText(value: string): string {
  return value
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character] as string)
    .replace(/[\\`*_[\]#|~:@$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** In a typewriter's letters. */
export function writeCode(value: string): string {
  return `<code>${escapeText(value)}</code>`;
}

/** Markdown that leads to a page, if there is one. */
export function writeLink(markdown: string, url: string | undefined): string {
  const safe = url?.replace(/[\s()<>\\]/g, (character) =>
    encodeURIComponent(character).replace(/[()]/g, escapeBracket),
  );
  return safe === undefined ? markdown : `[${markdown}](${safe})`;
}

function escapeBracket(character: string): string {
  return character === "(" ? "%28" : "%29";
}

/** Several lines as they are. */
export function writeBlock(value: string): string {
  return `<pre>${value
    .replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character] as string)
    .replace(/\n(?=\n)/g, "\n&#8203;")}</pre>`;
}

/** A listing in a language; longer fences keep its text from ending it. */
export function writeFenced(language: string, value: string): string {
  const runs = value.match(/`{3,}/g) ?? [];
  const fence = "`".repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}${language}\n${value.replace(/\n?$/, "\n")}${fence}`;
}

/** A table; cells are Markdown already. */
export function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Cuts text to at most so many characters, in whole characters. */
export function shorten(value: string, length: number): string {
  return value.length <= length ? value : `${[...value.slice(0, length - 1)].join("")}…`;
}

/** `1.5 MB`. */
export function writeBytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = size;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) {
    value /= 1000;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `1 h 2 min`, `3 min 4 s`, `5.6 s`, `78 ms`. */
export function writeDuration(milliseconds: number): string {
  if (milliseconds < 1000) {
    return `${Math.round(milliseconds)} ms`;
  }
  if (milliseconds < 60_000) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
