// Defining a kind of thing that is made and must not be left behind.
import type { Json, ResourceKind } from "./run.ts";

/** Makes a kind: how such a thing is made, how it goes away, how it is taken up again. */
export function defineResource<
  Wanted extends Json,
  Made extends Json,
  Handle,
  Means extends readonly unknown[],
  const Name extends string,
>(kind: ResourceKind<Wanted, Made, Handle, Means, Name>): ResourceKind<Wanted, Made, Handle, Means, Name> {
  return Object.freeze(kind);
}

/** What `create` throws when it is certain that nothing came of it; whoever called it gets the cause. */
export class NothingMade extends Error {
  override readonly name = "NothingMade";

  constructor(cause: unknown) {
    super("Nothing was made", { cause });
  }
}
