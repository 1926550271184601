// Where a plugin comes from: `github.com/hashicorp/docker`. After "Plugin source addresses" of Packer's documentation.

/** A source that is well formed. */
export interface PluginSource {
  /** As the template has it. */
  readonly text: string;
  readonly host: string;
  /** Everything between the host and the name. */
  readonly namespace: string;
  readonly name: string;
}

const MOST_PARTS = 16;

/** Reads a source, or says in a sentence what is wrong with it. */
export function parsePluginSource(text: string): PluginSource | { readonly problem: string } {
  const parts = text.split("/");
  const name = parts.at(-1) ?? "";
  const problem = findAddressProblem(text, parts.length) ?? findNameProblem(name);
  return problem === undefined
    ? { text, host: parts[0] ?? "", namespace: parts.slice(1, -1).join("/"), name }
    : { problem };
}

function findAddressProblem(source: string, parts: number): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(source)) {
    return "It must not begin with a scheme such as https://.";
  }
  if (/[?#]/.test(source)) {
    return "It must not have a query or a fragment.";
  }
  if (source.startsWith("/") || source.endsWith("/")) {
    return "It must not begin or end with a slash.";
  }
  if (/(^|\/)\.{0,2}(\/|$)/.test(source)) {
    return "It must not have empty parts, or parts of dots alone.";
  }
  if (parts < 3) {
    return "It needs a host and two parts after it.";
  }
  return parts > MOST_PARTS ? `It has ${parts} parts, and at most ${MOST_PARTS} are allowed.` : undefined;
}

function findNameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}]+(-[\p{L}\p{N}]+)*$/u.test(name)) {
    return `The plugin's name "${name}" must consist of letters, digits and single dashes.`;
  }
  return name.startsWith("packer-")
    ? `A plugin is named without the beginning of its repository: "${name.replace(/^packer-(plugin-)?/, "")}".`
    : undefined;
}
