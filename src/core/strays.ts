// What is thrown where nobody waits for it, led back to the build in whose work it was thrown.
import { AsyncLocalStorage } from "node:async_hooks";

const builds = new AsyncLocalStorage<(thrown: unknown) => void>();

/** Runs the work of a build. What is thrown in it, but not by it, such as by a callback of a stream, goes to `fail`. */
export function withStrays<T>(fail: (thrown: unknown) => void, body: () => Promise<T>): Promise<T> {
  return builds.run(fail, body);
}

/**
 * Fails the build whose work threw something that nobody caught. False when it was no build's work.
 * For the handler of `uncaughtException`, which runs in the context of what threw.
 */
export function failItsBuild(thrown: unknown): boolean {
  const fail = builds.getStore();
  fail?.(thrown);
  return fail !== undefined;
}
