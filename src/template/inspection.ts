// What a template holds, for `inspect`.

export type Inspection = LegacyInspection | Hcl2Inspection;

export interface LegacyInspection {
  readonly language: "json";
  readonly description: string;
  /** Sorted by name. */
  readonly variables: readonly {
    readonly name: string;
    readonly value: string;
    readonly required: boolean;
    readonly sensitive: boolean;
  }[];
  /** Sorted by name; names as written. */
  readonly builders: readonly { readonly name: string; readonly type: string }[];
  /** In template order. */
  readonly provisioners: readonly string[];
}

export interface Hcl2Inspection {
  readonly language: "hcl2";
  /** Values as Packer prints them; `undefined` for one that is not known. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
  readonly locals: readonly { readonly name: string; readonly value: string | undefined }[];
  readonly builds: readonly {
    readonly name: string;
    readonly description: string;
    readonly sources: readonly string[];
    /** `type` or `type.name`. */
    readonly provisioners: readonly string[];
    readonly postProcessors: readonly (readonly string[])[];
  }[];
}
