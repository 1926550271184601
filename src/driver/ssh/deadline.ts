// What is thrown when a step of a connection takes too long.

/** The limit of a step was over before the step was. */
export class DeadlineOver extends Error {}

/** Says so, for `Clock.within`. */
export function notDoneWithin(milliseconds: number): () => DeadlineOver {
  return () => new DeadlineOver(`not done after ${Math.round(milliseconds / 1000)} seconds`);
}
