// The contract of a data source: it fetches values for a template before anything is built.
import type { Component } from "./component.ts";
import type { ConfigOf, OptionSchema, OptionType } from "./option.ts";
import type { Json, Run } from "./run.ts";

export interface DataSource<S extends OptionSchema = OptionSchema> extends Component<"datasource", S> {
  /** What `data.TYPE.NAME.attr` offers, with the type of each attribute. */
  readonly outputs: Readonly<Record<string, OptionType>>;
  read(
    config: ConfigOf<S>,
    run: Pick<Run, "host" | "signal" | "ui" | "rawConfig">,
  ): Promise<Readonly<Record<string, Json>>>;
}

export function defineDataSource<S extends OptionSchema>(source: Omit<DataSource<S>, "kind">): DataSource<S> {
  return Object.freeze({ ...source, kind: "datasource" as const });
}
