// The variables and locals of an HCL2 configuration as `inspect` and `console` list them.
import type { Hcl2Inspection } from "./inspection.ts";

/** One line for each, below a heading. */
export function listVariableLines({ variables, locals }: Pick<Hcl2Inspection, "variables" | "locals">): string[] {
  const lines = ["> input-variables:", ""];
  for (const { name, value } of variables) {
    lines.push(`var.${name}: ${value ?? '"<unknown>"'}`);
  }
  lines.push("", "> local-variables:", "");
  for (const { name, value } of locals) {
    lines.push(`local.${name}: ${value ?? '"<unknown>"'}`);
  }
  return lines;
}
