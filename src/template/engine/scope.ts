// What the functions of the `{{ }}` language know at the place where they are called.

import type { Host } from "../../host/host.ts";
import type { GeneratedData } from "../../sdk/artifact.ts";
import type { PublishedName } from "../../sdk/build-data.ts";
import type { HiddenValues } from "./hidden-values.ts";

/** Values from outside that a template may ask for in its variables. */
export interface Lookups {
  vault(path: string, key: string): Promise<string>;
  consul_key(path: string): Promise<string>;
  aws_secretsmanager(name: string, key?: string): Promise<string>;
  aws_secretsmanager_raw(name: string): Promise<string>;
}

/** The same for the whole run. */
export interface EngineWorld {
  /** What the template is written in: some functions belong to one language. */
  readonly language: "json" | "hcl2";
  /** One instant for all time functions, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly host: Pick<Host, "cwd" | "env" | "random">;
  readonly packerVersion: string;
  /** Absolute; `undefined` when the template came from standard input. */
  readonly templateDir?: string | undefined;
  readonly hidden?: HiddenValues | undefined;
}

/** Where a template stands: decides which functions are there and what they give. */
export type EngineScope =
  | {
      readonly stage: "variables";
      readonly world: EngineWorld;
      /** Gives the value of another variable; throws when there is none. */
      user(name: string): string;
      /** Gives a value from outside; throws while it has not been fetched. */
      lookup(name: keyof Lookups, args: readonly string[]): string;
    }
  | { readonly stage: "name"; readonly world: EngineWorld; user(name: string): string }
  | {
      readonly stage: "component";
      readonly world: EngineWorld;
      user(name: string): string;
      readonly buildName: string;
      readonly builderType: string;
      /** What the build has published; `undefined` before it runs. */
      readonly generated?: GeneratedData | undefined;
      /** Called when a value was asked for that only the run knows. */
      pending(key: string): void;
      /** Names a builder publishes beside the common ones. */
      readonly generates: readonly PublishedName[];
      /** Nobody knows the builder, and so what it publishes. */
      readonly publishesUnknown?: boolean | undefined;
    };
