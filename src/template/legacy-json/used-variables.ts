// Which variables the parts of a JSON template name, directly or through other variables.
import type { PlannedVariable } from "../plan.ts";
import type { RawValue } from "../raw-value.ts";
import type { LegacyTemplate } from "./legacy-template.ts";
import type { Variables } from "./variables.ts";

/** The variables whose names stand in the `{{ }}` of the bodies, sorted by name. */
export function findUsedVariables(
  bodies: readonly RawValue[],
  template: LegacyTemplate,
  given: ReadonlyMap<string, string>,
  { values }: Variables,
): PlannedVariable[] {
  const used = new Set<string>();
  const waiting = bodies.flatMap(listTexts);
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    if (!text.includes("{{")) {
      continue;
    }
    for (const name of values.keys()) {
      if (used.has(name) || !(text.includes(`\`${name}\``) || text.includes(`"${name}"`))) {
        continue;
      }
      used.add(name);
      waiting.push(given.get(name) ?? template.variables.get(name)?.value?.text ?? "", values.get(name) ?? "");
    }
  }
  return [...used]
    .sort()
    .map((name) => ({ name, value: values.get(name) ?? "", sensitive: template.sensitiveVariables.includes(name) }));
}

function listTexts(value: RawValue): string[] {
  if (value.is === "string") {
    return [value.text];
  }
  if (value.is === "list") {
    return value.items.flatMap(listTexts);
  }
  return value.is === "map" ? value.entries.flatMap(({ key, value: item }) => [key, ...listTexts(item)]) : [];
}
