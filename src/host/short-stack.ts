// Where in this program something was thrown, in a few short lines.

const MOST = 5;

/** Names of functions, files and places of our own code; never the code itself. */
export function shortenStack(thrown: unknown): string {
  if (!(thrown instanceof Error)) {
    return "";
  }
  const frames = (thrown.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/node:|\(<anonymous>\)/.test(line));
  return frames
    .slice(0, MOST)
    .map((line) => `  ${line.trim().replace(/(?:file:\/\/)?[^\s()]*[\\/]([^\\/\s()]+:\d+:\d+)/, "$1")}`)
    .join("\n");
}
