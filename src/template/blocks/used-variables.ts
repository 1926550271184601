// Which variables a part of a configuration depends on, directly or through locals and data sources.
import { allMarks, sensitive } from "../../cty/value.ts";
import type { Expression } from "../../hcl/ast.ts";
import type { Body } from "../../hcl/body.ts";
import { referencesIn } from "../../hcl/static.ts";
import type { PlannedVariable } from "../plan.ts";
import { toPlain } from "../raw-value.ts";
import { listBodyExpressions, nameNode, type ValueNode } from "./evaluation.ts";
import type { Hcl2Config } from "./hcl2-config.ts";
import { rawOfValue } from "./raw-hcl.ts";

/** The variables that the bodies refer to, in the order of their declaration. */
export function findUsedVariables(
  bodies: readonly Body[],
  { variables, nodes }: Pick<Hcl2Config, "variables" | "nodes">,
): PlannedVariable[] {
  const used = new Set<string>();
  const visited = new Set<ValueNode>();
  const waiting: Expression[] = bodies.flatMap(listBodyExpressions);
  const need = (node: ValueNode): void => {
    if (visited.has(node)) {
      return;
    }
    visited.add(node);
    waiting.push(...(node.is === "local" ? [node.expression] : listBodyExpressions(node.body)));
  };
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { root, steps } of referencesIn(next)) {
      const names = steps.flatMap((step) => (step.kind === "attribute" ? step.name : []));
      if (root === "var") {
        for (const name of names.length === 0 ? variables.keys() : names.slice(0, 1)) {
          used.add(name);
        }
      }
      if (root === "local" || root === "data") {
        const address = [root, ...names].join(".");
        nodes.filter((node) => overlaps(address, nameNode(node))).forEach(need);
      }
    }
  }
  return [...variables]
    .filter(([name]) => used.has(name))
    .map(([name, value]) => ({
      name,
      value: toPlain(rawOfValue(value, undefined)),
      sensitive: allMarks(value).has(sensitive),
    }));
}

/** A reference may stop short of a name, and then means everything below, or go on into the value. */
function overlaps(address: string, node: string): boolean {
  return `${address}.`.startsWith(`${node}.`) || `${node}.`.startsWith(`${address}.`);
}
