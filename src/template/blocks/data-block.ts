// `data` blocks: values that are fetched before anything is built.
import { dynamicType } from "../../cty/type.ts";
import {
  boolValue,
  listValue,
  mapValue,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
  type Value,
} from "../../cty/value.ts";
import { BuildError } from "../../diagnostic/build-error.ts";
import { hasErrors } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";
import type { Block } from "../../hcl/body.ts";
import type { EvalContext } from "../../hcl/context.ts";
import { isIdentifier } from "../../hcl/lexer.ts";
import type { Catalog } from "../../sdk/catalog.ts";
import type { OptionType } from "../../sdk/option.ts";
import type { Json, RunSettings } from "../../sdk/run.ts";
import { decodeOptions } from "../decode-options.ts";
import { askRegistry } from "../find-component.ts";
import type { LoadRequest } from "../loading.ts";
import { prepareComponent } from "../prepare-component.ts";
import type { ProblemList } from "../problem-list.ts";
import { silent } from "../silent.ts";
import { type DataNode, makeUnreadData, NAME_RULE } from "./evaluation.ts";
import { checkReferences, makeRawBody, toValueType } from "./raw-hcl.ts";

/** Reads `data` blocks; a name may be taken once for each type. */
export async function readData(
  blocks: readonly Block[],
  catalog: Catalog,
  problems: ProblemList,
): Promise<readonly DataNode[]> {
  const found = new Map<string, DataNode>();
  for (const block of blocks) {
    const [type = "", name = ""] = block.labels;
    const at = (block.labelRanges[0] ?? block.typeRange).toRange();
    const { component: source, isFaulty } = await askRegistry(catalog.dataSources, type, at, problems);
    if (source === undefined && !isFaulty) {
      reportUnknownType(type, block, catalog, problems);
    }
    if (!isIdentifier(name)) {
      const at = (block.labelRanges[1] ?? block.typeRange).toRange();
      problems.error("data/name", at, "Invalid data source name", { detail: NAME_RULE });
    }
    const address = `${type}.${name}`;
    if (found.has(address)) {
      problems.error("data/duplicate", (block.labelRanges[1] ?? block.typeRange).toRange(), "Duplicate data block", {
        detail: `This data block has the same data type and name as a previous block: ${address}.`,
      });
    } else {
      found.set(address, {
        is: "data",
        type,
        name,
        range: block.labelRanges[0] ?? block.typeRange,
        body: block.body,
        source,
      });
    }
  }
  return [...found.values()];
}

function reportUnknownType(type: string, block: Block, catalog: Catalog, problems: ProblemList): void {
  const known = catalog.dataSources.types();
  const meant = didYouMean(type, known);
  const at = block.labelRanges[0] ?? block.typeRange;
  // A plugin may bring it, so only a slip of the fingers is a mistake.
  if (meant !== undefined) {
    problems.error("component/unknown", at.toRange(), `Unknown data source type "${type}"`, {
      hint: `did you mean "${meant}"?`,
    });
  } else {
    problems.warning("component/not-native", at.toRange(), `The data source "${type}" is not part of this version`, {
      detail: "Its values stay unknown.",
    });
  }
}

/** How data sources are dealt with. */
export interface DataReading {
  readonly request: LoadRequest;
  readonly settings: RunSettings;
  /** Data sources are only fetched when it is given; their attributes are unknown otherwise. */
  readonly signal: AbortSignal | undefined;
  readonly problems: ProblemList;
}

/** Checks a data source, and fetches it if that is wanted. */
export async function readDataNode(node: DataNode, context: EvalContext, reading: DataReading): Promise<Value> {
  const { source } = node;
  const { request, settings, signal, problems } = reading;
  const label = `data "${node.type}" "${node.name}"`;
  if (source === undefined) {
    // Its options are not known, but what they refer to is.
    problems.add(checkReferences(node.body, context).map((found) => ({ within: label, ...found })));
    return makeUnreadData(undefined);
  }
  const { host, hide } = request;
  const { body, diagnostics } = makeRawBody(node.body, source.options, context, hide);
  const decoded = decodeOptions({ schema: source.options, body, label, range: node.range.toRange(), hide });
  problems.add(diagnostics.map((found) => ({ within: label, ...found })));
  const prepared = await prepareComponent(source, decoded, { label, build: NO_BUILD, settings, host });
  problems.add(prepared.diagnostics);
  if (signal === undefined || decoded.pending.size > 0 || hasErrors([...diagnostics, ...prepared.diagnostics])) {
    return makeUnreadData(source);
  }
  try {
    const { rawConfig } = prepared;
    const result = await source.read(decoded.config, { host, signal, ui: silent, rawConfig });
    return objectValue(
      Object.entries(source.outputs).map(([name, type]) => [name, valueOfType(result[name] ?? null, type)] as const),
    );
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) {
      throw thrown;
    }
    problems.add(
      thrown.diagnostics.map((found) => ({ ...found, within: label, subject: found.subject ?? node.range.toRange() })),
    );
    return makeUnreadData(source);
  }
}

/** Data sources are read before there is any. */
const NO_BUILD = Object.freeze({ name: "", builderType: "" });

function valueOfType(data: Json, type: OptionType): Value {
  if (data === null) {
    return nullValue(dynamicType);
  }
  if (type.is === "map" && typeof data === "object") {
    const entries = Object.entries(data).map(([key, item]) => [key, valueOfType(item, type.of)] as const);
    return mapValue(entries[0]?.[1].type ?? dynamicType, entries);
  }
  if ((type.is === "list" || type.is === "set") && Array.isArray(data)) {
    const items = data.map((item: Json) => valueOfType(item, type.of));
    const element = items[0]?.type ?? toValueType(type.of);
    if (type.is === "set") {
      return setValue(element, items);
    }
    return items.length === 0 ? tupleValue([]) : listValue(element, items);
  }
  return plainValue(data);
}

/** Plain data as a value: objects and tuples. */
export function plainValue(data: Json): Value {
  if (data === null) {
    return nullValue(dynamicType);
  }
  if (typeof data === "string") {
    return stringValue(data);
  }
  if (typeof data === "number") {
    return numberValue(data);
  }
  if (typeof data === "boolean") {
    return boolValue(data);
  }
  if (Array.isArray(data)) {
    return tupleValue(data.map((item: Json) => plainValue(item)));
  }
  return objectValue(Object.entries(data).map(([key, item]) => [key, plainValue(item as Json)] as const));
}
