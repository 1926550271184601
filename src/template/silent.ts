// Nobody to speak to, for work that is done before there is a build.
import type { Ui } from "../sdk/run.ts";

/** Takes everything and says nothing. */
export const silent: Ui = Object.freeze({
  say() {},
  message() {},
  error() {},
  machine() {},
  ask: async () => undefined,
  progress: () => ({ advance() {}, end() {} }),
});
