// Variables that parts of a template name, and that nobody declares.
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import { problemList } from "../problem-list.ts";
import type { RawString, RawValue } from "../raw-value.ts";
import type { LegacyTemplate } from "./legacy-template.ts";

const USER = /\{\{[^}]*?\buser\s+(?:`([^`]*)`|"([^"\\]*)")/g;

/** As Packer, such a variable is the empty text outside of other variables. Unlike Packer, that is told. */
export function warnUnknownVariables(template: LegacyTemplate, known: ReadonlySet<string>): readonly Diagnostic[] {
  const { builders, provisioners, errorCleanupProvisioner: cleanup, postProcessors } = template;
  const parts = [...builders, ...provisioners, ...(cleanup === undefined ? [] : [cleanup]), ...postProcessors.flat()];
  const problems = problemList();
  const overrides = [...provisioners, ...(cleanup === undefined ? [] : [cleanup])].flatMap(({ override }) => [
    ...override.values(),
  ]);
  for (const value of [...parts, ...overrides].flatMap(({ body }) => listStrings(body))) {
    for (const found of value.text.matchAll(USER)) {
      const name = found[1] ?? found[2] ?? "";
      if (known.has(name)) {
        continue;
      }
      const end = found.index + found[0].length;
      const at = value.rangeWithin?.(end - name.length - 2, name.length + 2) ?? value.range();
      const meant = didYouMean(name, known);
      problems.warning("variable/undeclared", at, `There is no variable "${name}"`, {
        detail: "It stands for the empty text here.",
        hint: meant ? `did you mean "${meant}"?` : `Declare "${name}" in "variables", or set it with -var.`,
      });
    }
  }
  return problems.all;
}

function listStrings(value: RawValue): RawString[] {
  switch (value.is) {
    case "string":
      return [value];
    case "list":
      return value.items.flatMap(listStrings);
    case "map":
      return value.entries.flatMap((entry) => listStrings(entry.value));
    default:
      return [];
  }
}
