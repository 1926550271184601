// A template of the JSON format as read: its parts with their places, nothing rendered yet.
import type { SourceRange } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { RawMap, RawString, RawValue } from "../raw-value.ts";

export interface LegacyTemplate {
  readonly file: TextFile;
  readonly description?: string | undefined;
  readonly minVersion?: RawString | undefined;
  readonly variables: ReadonlyMap<string, LegacyVariable>;
  readonly sensitiveVariables: readonly string[];
  readonly builders: readonly LegacyBuilder[];
  readonly provisioners: readonly LegacyProvisioner[];
  readonly errorCleanupProvisioner?: LegacyProvisioner | undefined;
  readonly postProcessors: readonly (readonly LegacyPostProcessor[])[];
}

export interface LegacyVariable {
  readonly name: string;
  readonly range: SourceRange | undefined;
  /** `undefined` when the variable is required. */
  readonly value?: RawString | undefined;
}

/** A part with a type and a body from which the words of the template format were taken out. */
export interface LegacyPart {
  readonly type: string;
  readonly typeRange: SourceRange | undefined;
  readonly body: RawMap;
}

export interface LegacyBuilder extends LegacyPart {
  /** As written, templates not rendered. */
  readonly rawName: string;
  readonly name: RawString;
}

/** `only` and `except`, with the places of their names. */
export interface LegacySelection {
  readonly only?: readonly RawString[] | undefined;
  readonly except?: readonly RawString[] | undefined;
}

export interface LegacyProvisioner extends LegacyPart, LegacySelection {
  readonly override: ReadonlyMap<string, { readonly range: SourceRange | undefined; readonly body: RawMap }>;
  /** Milliseconds. */
  readonly pauseBefore: number;
  readonly timeout: number;
  /** May hold a template. */
  readonly maxRetries?: RawValue | undefined;
}

export interface LegacyPostProcessor extends LegacyPart, LegacySelection {
  readonly name: string;
  readonly keepInputArtifact?: boolean | undefined;
}
