// A builder with its communicator: one block of a template holds the options of both.
import type { SourceRange } from "../diagnostic/diagnostic.ts";
import { didYouMean } from "../diagnostic/did-you-mean.ts";
import type { GeneratedData } from "../sdk/artifact.ts";
import type { Builder } from "../sdk/builder.ts";
import type { Catalog } from "../sdk/catalog.ts";
import { NO_CONNECTION } from "../sdk/communicator.ts";
import type { CommunicatorKind } from "../sdk/communicator-kind.ts";
import { connectionOptions } from "../sdk/connection-options.ts";
import type { OptionSchema } from "../sdk/option.ts";
import type { PlannedCommunicator, PlannedComponent, Prepared } from "./plan.ts";
import {
  type ComponentSource,
  decode,
  type PartContext,
  planComponent,
  prepareScope,
  type ReadBody,
  readPrepared,
} from "./plan-component.ts";
import { leaveUnprepared, prepareComponent } from "./prepare-component.ts";
import { type ProblemList, problemList } from "./problem-list.ts";

export interface BuilderSource {
  readonly builder: Builder;
  readonly label: string;
  readonly range: SourceRange | undefined;
  readonly body: ReadBody;
}

export interface PlannedBuilder {
  readonly builder: PlannedComponent<Builder>;
  /** Missing when the builder uses none, and when the template asks for one that does not fit. */
  readonly communicator?: PlannedCommunicator | undefined;
  /** False when the template asks for a communicator that does not fit; `builder.prepare` reports it. */
  readonly isComplete: boolean;
  /** What preparing said, so that it need not be done twice. */
  readonly prepared: Prepared;
}

/** Prepares a builder once, to learn which communicator it uses and what is wrong with its options. */
export async function planBuilder(
  source: BuilderSource,
  catalog: Catalog,
  context: PartContext,
): Promise<PlannedBuilder> {
  const both: ComponentSource<Builder> = {
    component: source.builder,
    ...source,
    schema: await collectOptions(source.builder, catalog),
  };
  const prepare = (generated?: GeneratedData): Promise<BothPrepared> => prepareBoth(both, catalog, context, generated);
  const first = await prepare();
  const builder: PlannedComponent<Builder> = {
    ...planComponent(both, context),
    prepare: async (generated) => (await prepare(generated)).builder,
  };
  const usesNone = source.builder.communicators.length === 0;
  if (first.kind === undefined) {
    return { builder, prepared: first.builder, isComplete: usesNone };
  }
  const communicator: PlannedCommunicator = {
    ...planComponent({ ...both, component: first.kind }, context),
    pauseBeforeConnecting: first.pause,
    prepare: async (generated) => (await prepare(generated)).communicator,
  };
  return { builder, communicator, prepared: first.builder, isComplete: true };
}

/** A builder with its communicator, both prepared. */
interface BothPrepared {
  readonly builder: Prepared;
  readonly communicator: Prepared;
  readonly kind: CommunicatorKind | undefined;
  /** Milliseconds between a first connection and the one that is used. */
  readonly pause: number;
}

async function prepareBoth(
  source: ComponentSource<Builder>,
  catalog: Catalog,
  context: PartContext,
  generated: GeneratedData | undefined,
): Promise<BothPrepared> {
  const { component: builder, label } = source;
  const decoded = await decode(source, context, generated);
  const problems = problemList(label);
  const wanted = decoded.config["communicator"];
  const type = typeof wanted === "string" && wanted !== "" ? wanted : builder.communicators[0];
  const kinds = await listCommunicators(builder, catalog);
  const kind = kinds.find((candidate) => candidate.type === type);
  const isWrong = type !== undefined && kind === undefined && builder.connectsItself !== true;
  if (isWrong && !decoded.pending.has("communicator")) {
    const allowed = kinds.map((candidate) => candidate.type);
    reportInvalidCommunicator(type, { allowed, label, at: decoded.rangeOf("communicator") }, problems);
  }
  const checked = kind && (await prepareComponent(kind, { ...decoded, diagnostics: [] }, prepareScope(label, context)));
  const chosen = kind && { type: kind.type, config: decoded.config };
  // Without the communicator that it is to have, a builder would only ask for options of one.
  const result = isWrong
    ? leaveUnprepared(decoded)
    : await prepareComponent(builder, decoded, prepareScope(label, context, chosen));
  const diagnostics = [...result.diagnostics, ...problems.all, ...(checked?.diagnostics ?? [])];
  return {
    builder: { ...readPrepared(result), diagnostics },
    communicator: { config: decoded.config, rawConfig: result.rawConfig, diagnostics: [], generates: [] },
    kind,
    pause: Number(decoded.config["pause_before_connecting"] ?? 0),
  };
}

async function listCommunicators(builder: Builder, catalog: Catalog): Promise<readonly CommunicatorKind[]> {
  const kinds = await Promise.all(builder.communicators.map((type) => catalog.communicators.get(type)));
  return kinds.filter((kind) => kind !== undefined);
}

/** Every option that may stand in a builder's block: its own and those of the communicators it can use. */
export async function collectOptions(builder: Builder, catalog: Catalog): Promise<OptionSchema> {
  // As Packer: a builder that never connects takes no options for it.
  if (builder.communicators.length > 0 && builder.communicators.every((type) => type === NO_CONNECTION)) {
    return builder.options;
  }
  const kinds = await listCommunicators(builder, catalog);
  return Object.assign({}, connectionOptions, ...kinds.map((kind) => kind.options), builder.options);
}

function reportInvalidCommunicator(
  type: string,
  {
    allowed,
    label,
    at,
  }: { readonly allowed: readonly string[]; readonly label: string; readonly at: SourceRange | undefined },
  problems: ProblemList,
): void {
  const meant = didYouMean(type, allowed);
  const names = allowed.map((name) => `"${name}"`).join(", ");
  problems.error("option/value", at, `Communicator type ${type} is invalid`, {
    detail: allowed.length === 0 ? `The ${label} uses no communicator.` : `The ${label} can use ${names}.`,
    hint: meant === undefined ? undefined : `did you mean "${meant}"?`,
  });
}
