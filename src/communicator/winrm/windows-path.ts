// Paths of templates as Windows spells them.

/**
 * A path with `\` between its parts. Quotes around it are taken off, as Packer does with those that it adds itself;
 * `$env:NAME` becomes `%NAME%`, which the machine expands: Packer puts paths into a PowerShell string, so templates use it.
 */
export function toWindowsPath(path: string): string {
  return path
    .trim()
    .replace(/^(['"])(.*)\1$/, "$2")
    .replace(/\$env:(\w+)|\$\{env:(\w+)\}/gi, (_, plain?: string, braced?: string) => `%${plain ?? braced}%`)
    .replaceAll("/", "\\");
}
