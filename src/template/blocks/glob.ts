// Patterns of `-only` and `-except` over the names of builds.

/** A pattern as a regular expression, or `undefined` when it cannot be read. `*` also matches dots. */
export function globPattern(pattern: string): RegExp | undefined {
  let source = "";
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    if (character === "*") {
      source += "[\\s\\S]*";
    } else if (character === "?") {
      source += "[\\s\\S]";
    } else if (character === "[") {
      const end = pattern.indexOf("]", i + 2);
      if (end < 0) {
        return undefined;
      }
      source += `[${pattern
        .slice(i + 1, end)
        .replace(/^!/, "^")
        .replace(/[\\\]]/g, "\\$&")}]`;
      i = end;
    } else if (character === "{") {
      depth++;
      source += "(?:";
    } else if (character === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (character === "," && depth > 0) {
      source += "|";
    } else {
      source += (character === "\\" ? (pattern[++i] ?? "") : character).replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    }
  }
  try {
    return depth === 0 ? new RegExp(`^(?:${source})$`, "u") : undefined;
  } catch {
    return undefined;
  }
}

/** The pattern that fits one name and no other. */
export function literalPattern(name: string): string {
  return name.replace(/[*?[\]{}\\,]/g, "\\$&");
}
