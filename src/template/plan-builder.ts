// A builder with its communicator: one block of a template holds the options of both.
import type { SourceRange } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { Builder } from "../sdk/builder.ts";
import type { Catalog } from "../sdk/catalog.ts";
import type { CommunicatorKind } from "../sdk/communicator.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { OptionSchema } from "../sdk/option.ts";
import type { PlannedCommunicator, PlannedComponent, Prepared } from "./plan.ts";
import { type ComponentSource, decode, type PartContext, planComponent, prepareComponent, preparedOf } from "./plan-component.ts";
import { problemList } from "./problem-list.ts";

export interface BuilderSource {
  readonly builder: Builder;
  readonly label: string;
  readonly range: SourceRange | undefined;
  readonly body: ComponentSource<Builder>["body"];
}

export interface PlannedBuilder {
  readonly builder: PlannedComponent<Builder>;
  /** Missing when the template asks for one that does not exist or does not fit; `builder.prepare` reports it. */
  readonly communicator?: PlannedCommunicator;
  /** What preparing said, so that it need not be done twice. */
  readonly prepared: Prepared;
}

/** Prepares a builder once, to learn which communicator it uses and what is wrong with its options. */
export async function planBuilder(source: BuilderSource, catalog: Catalog, context: PartContext): Promise<PlannedBuilder> {
  const kinds = communicatorsOf(source.builder, catalog);
  const both: ComponentSource<Builder> = {
    component: source.builder,
    label: source.label,
    range: source.range,
    body: source.body,
    schema: builderOptions(source.builder, catalog),
  };
  const prepare = async (
    generated?: GeneratedData,
  ): Promise<{ builder: Prepared; communicator: Prepared; kind: CommunicatorKind | undefined; pause: number }> => {
    const decoded = await decode(both, context, generated);
    const problems = problemList(source.label);
    const wanted = decoded.config["communicator"];
    const type = typeof wanted === "string" && wanted !== "" ? wanted : (source.builder.communicators[0] ?? "none");
    const kind = kinds.find((candidate) => candidate.type === type);
    if (kind === undefined && !decoded.pending.has("communicator"))
      invalidCommunicator(type, source, decoded.rangeOf("communicator"), catalog, problems);
    const checked = kind === undefined ? undefined : await prepareComponent(both, kind, context, { ...decoded, diagnostics: [] });
    // Without a communicator a builder would only ask for options of one.
    const result =
      kind === undefined
        ? { ...decoded, generates: [] }
        : await prepareComponent(both, source.builder, context, decoded, { type, config: decoded.config });
    const diagnostics = [...result.diagnostics, ...problems.all, ...(checked?.diagnostics ?? [])];
    return {
      builder: { ...preparedOf(result), diagnostics },
      communicator: { config: decoded.config, raw: decoded.raw, diagnostics: [], generates: [] },
      kind,
      pause: Number(decoded.config["pause_before_connecting"] ?? 0),
    };
  };
  const first = await prepare();
  const builder: PlannedComponent<Builder> = {
    ...planComponent(both, context),
    prepare: async (generated) => (await prepare(generated)).builder,
  };
  if (first.kind === undefined) return { builder, prepared: first.builder };
  const planned = planComponent({ ...both, component: first.kind }, context);
  const communicator: PlannedCommunicator = {
    ...planned,
    pauseBeforeConnecting: first.pause,
    prepare: async (generated) => (await prepare(generated)).communicator,
  };
  return { builder, communicator, prepared: first.builder };
}

function communicatorsOf(builder: Builder, catalog: Catalog): readonly CommunicatorKind[] {
  return builder.communicators.flatMap((type) => catalog.communicators.get(type) ?? []);
}

/** Every option that may stand in a builder's block: its own and those of the communicators it can use. */
export function builderOptions(builder: Builder, catalog: Catalog): OptionSchema {
  const kinds = communicatorsOf(builder, catalog);
  return Object.assign({}, connectionOptions, ...kinds.map((kind) => kind.options), builder.options);
}

function invalidCommunicator(
  type: string,
  source: BuilderSource,
  at: SourceRange | undefined,
  catalog: Catalog,
  problems: ReturnType<typeof problemList>,
): void {
  const allowed = source.builder.communicators.filter((candidate) => catalog.communicators.get(candidate) !== undefined);
  const meant = didYouMean(type, allowed);
  problems.error("option/value", at, `Communicator type ${type} is invalid`, {
    detail: `The ${source.label} can use ${allowed.map((name) => `"${name}"`).join(", ")}.`,
    ...(meant === undefined ? {} : { hint: `did you mean "${meant}"?` }),
  });
}
