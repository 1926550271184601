// Functions of HCL2 are synchronous, values from outside are not: an evaluation that needs one stops, and starts again with it.
import { failure, readMessage } from "../../diagnostic/build-error.ts";
import type { Lookups } from "../engine/scope.ts";

/** Thrown by a function that needs a value which has not been fetched. */
export class PendingLookup extends Error {
  readonly lookup: keyof Lookups;
  readonly args: readonly string[];

  constructor(lookup: keyof Lookups, args: readonly string[]) {
    super(`${lookup} has not answered yet`);
    this.name = "PendingLookup";
    this.lookup = lookup;
    this.args = args;
  }
}

export interface LookupCache {
  /** The value, or a `PendingLookup` on its way up; `undefined` where nothing is asked. */
  get(lookup: keyof Lookups, args: readonly string[]): string | undefined;
  /** Runs an evaluation again until it needs nothing more. */
  complete<T>(evaluation: () => T | Promise<T>): Promise<T>;
}

/** Without `lookups` nothing is asked, and the values stay unknown. */
export function openLookupCache(lookups: Lookups | undefined): LookupCache {
  const fetched = new Map<string, string>();
  return {
    get: (lookup, args) => {
      const value = fetched.get(JSON.stringify([lookup, ...args]));
      if (value === undefined && lookups !== undefined) {
        throw new PendingLookup(lookup, args);
      }
      return value;
    },
    complete: async (evaluation) => {
      for (;;) {
        try {
          return await evaluation();
        } catch (thrown) {
          if (!(thrown instanceof PendingLookup) || lookups === undefined) {
            throw thrown;
          }
          fetched.set(JSON.stringify([thrown.lookup, ...thrown.args]), await fetchValue(thrown, lookups));
        }
      }
    },
  };
}

async function fetchValue({ lookup, args }: PendingLookup, lookups: Lookups): Promise<string> {
  try {
    return await (lookups[lookup] as (...args: readonly string[]) => Promise<string>)(...args);
  } catch (thrown) {
    throw failure("network", "template/lookup", `${lookup} could not fetch ${JSON.stringify(args[0] ?? "")}`, {
      detail: readMessage(thrown),
      cause: thrown,
    });
  }
}
