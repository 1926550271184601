// PowerShell text: scripts as command lines and values inside scripts.

/** A value inside single quotes, where PowerShell expands nothing. Typographic quotes end a string too. */
export function quotePowershell(value: string): string {
  return `'${value.replace(/['\u2018\u2019\u201a\u201b]/g, "$&$&")}'`;
}

/** The text of `-EncodedCommand`. */
export function encodeScript(script: string): string {
  return Buffer.from(script, "utf16le").toString("base64");
}

/** What cmd.exe takes at most as one line. */
export const MAX_COMMAND_LINE = 8191;

/** Progress records would come out as XML on standard error. */
export const QUIET = "$ProgressPreference = 'SilentlyContinue'";

/** A script as one command line for cmd.exe. */
export function makePowershellCommand(script: string): string {
  return `powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand ${encodeScript(compact(script))}`;
}

/** A script without indentation, empty lines and whole-line comments. */
export function compact(script: string): string {
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n");
}
