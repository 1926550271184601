// What an HCL2 configuration holds, for `inspect`.

import { isSensitive, isWhollyKnown, type Value } from "../../cty/value.ts";
import { compareTexts } from "../../diagnostic/text-order.ts";
import { quote } from "../../gotemplate/quote.ts";
import type { Hcl2Inspection } from "../inspection.ts";
import { printValue } from "../print-value.ts";
import { problemList } from "../problem-list.ts";
import type { PartBlock } from "./build-block.ts";
import type { Hcl2Config, Hcl2Content } from "./hcl2-config.ts";
import { readMeta } from "./part-meta.ts";

export async function inspectHcl2(config: Hcl2Config, content: Hcl2Content): Promise<Hcl2Inspection> {
  const byName = <T extends { name: string }>(items: T[]): T[] => items.sort((a, b) => compareTexts(a.name, b.name));
  const locals = config.nodes.flatMap((node) => (node.is === "local" ? node.name : []));
  const values = content.context.variables?.get("local")?.data;
  const localValue = (name: string): Value | undefined =>
    values instanceof Map ? (values as ReadonlyMap<string, Value>).get(name) : undefined;
  const named = (kind: Parameters<typeof readMeta>[0], part: PartBlock): string => {
    const { name } = readMeta(kind, part.body, content.context, problemList());
    return name === undefined ? part.type : `${part.type}.${name}`;
  };
  return {
    language: "hcl2",
    variables: byName([...config.variables].map(([name, value]) => ({ name, value: showValue(value) }))),
    locals: byName(locals.map((name) => ({ name, value: showValue(localValue(name)) }))),
    // As Packer: a build whose sources cannot be worked out is left out.
    builds: content.builds.flatMap((build) =>
      build.references === undefined
        ? []
        : {
            name: build.name,
            description: build.description,
            sources: build.references,
            provisioners: build.provisioners.map((part) => named("provisioner", part)),
            postProcessors: build.postProcessors.map((sequence) =>
              sequence.map((part) => named("post-processor", part)),
            ),
          },
    ),
  };
}

function showValue(value: Value | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  if (isSensitive(value)) {
    return '"<sensitive>"';
  }
  return isWhollyKnown(value) ? quote(printValue(value)) : undefined;
}
