// Environment variables that a command puts between quotes of its own.

const PIECE = /\{\{[\s\S]*?\}\}|[\s\S]/g;

/**
 * The variables as `command` takes them. Where it has them between single quotes, as `sh -c '{{.Vars}} {{.Path}}'` does, their own
 * quotes would end its. As Packer where nothing needs quotes; unlike Packer, whose script then does not run, otherwise.
 */
export function fitVariables(command: string, variables: string): string {
  const needsQuotes = variables.replaceAll(/'[\w./:,@%+=-]+'/g, "").includes("'");
  return needsQuotes && isInsideSingleQuotes(command) ? variables.replaceAll("'", `'"'"'`) : variables;
}

/** Whether each `{{.Vars}}` is. */
function isInsideSingleQuotes(command: string): boolean {
  let quote = "";
  let isEscaped = false;
  const places: boolean[] = [];
  for (const [piece] of command.matchAll(PIECE)) {
    if (piece.startsWith("{{")) {
      if (/\.Vars\b/.test(piece)) {
        places.push(quote === "'");
      }
    } else if (isEscaped || (piece === "\\" && quote !== "'")) {
      isEscaped = !isEscaped;
    } else if (piece === quote) {
      quote = "";
    } else if (quote === "" && /['"]/.test(piece)) {
      quote = piece;
    }
  }
  return places.length > 0 && places.every(Boolean);
}
