// Texts with `{{ }}` that a user types, rendered with what a JSON template knows.
import { makeRange, makeTextFile } from "../../diagnostic/text-file.ts";
import { renderText, reportProblems } from "../engine/render.ts";
import type { EngineWorld } from "../engine/scope.ts";
import { type Answer, CONSOLE_INPUT, type TemplateConsole } from "../loading.ts";
import { problemList } from "../problem-list.ts";

/** A console for a template whose variables have these values. */
export function openLegacyConsole(
  world: EngineWorld,
  values: ReadonlyMap<string, string>,
  sensitive: readonly string[],
): TemplateConsole {
  const secrets = new Set(sensitive);
  const names = [...values.keys()].sort((a, b) => (a < b ? -1 : 1));
  const shown = (name: string): string => (secrets.has(name) ? "<sensitive>" : (values.get(name) ?? ""));
  return {
    variables: `\n${names.map((name) => `${name}: ${shown(name)},\n`).join("")}`,
    // As Packer: a variable that nobody declared is empty.
    evaluate: async (line) => answerLine(line, world, (name) => values.get(name) ?? ""),
  };
}

function answerLine(line: string, world: EngineWorld, user: (name: string) => string): Answer {
  const rendered = renderText(line, { stage: "name", world, user });
  if ("text" in rendered) {
    return rendered;
  }
  const problems = problemList();
  const file = makeTextFile(CONSOLE_INPUT, line);
  reportProblems(rendered.problems, problems, (offset, length) => makeRange(file, offset, offset + length));
  return { diagnostics: problems.all };
}
