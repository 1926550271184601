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

/** Reads a source; gives a sentence for everything that is wrong with it. */
export function parsePluginSource(text: string): PluginSource | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    problems.push(`A source has no scheme; leave out "${scheme}".`);
  }
  const rest = text.slice(scheme?.length ?? 0);
  if (/[?#]/.test(rest)) {
    problems.push("A source has neither a query nor a fragment.");
  }
  const path = rest.split(/[?#]/)[0] ?? "";
  if (path.startsWith("/") || path.endsWith("/")) {
    problems.push("A source neither begins nor ends with a slash.");
  }
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length < 3) {
    problems.push("A source has a host, a namespace and a name, with slashes in between.");
  } else if (parts.length > MOST_PARTS) {
    problems.push(`A source has ${MOST_PARTS} parts at most.`);
  }
  const name = parts.at(-1) ?? "";
  problems.push(...findNameProblems(name));
  if (problems.length > 0) {
    return { problems };
  }
  return { text, host: parts[0] ?? "", namespace: parts.slice(1, -1).join("/"), name };
}

function findNameProblems(name: string): string[] {
  const bare = name.replace(/^packer-(plugin-)?/, "");
  if (bare !== name) {
    return [`The name is what stands behind "packer-plugin-"; did you mean "${bare}"?`];
  }
  return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
    ? []
    : ["The name consists of lower-case letters, digits and single dashes."];
}
