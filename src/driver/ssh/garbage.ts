// Frees the buffers of a long transfer while it runs.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes sent or received between two collections, of half a millisecond each. More often, and what is still in use would be taken for lasting. */
const EVERY = { sent: 2 * 1024 * 1024, received: 4 * 1024 * 1024 } as const;

type Collect = (options: { readonly type: "minor" }) => void;

let collect: Collect | undefined;
const passed = { sent: 0, received: 0 };

/**
 * Tells that `bytes` went through the connection. The cipher makes new buffers for every packet, which lie outside the heap:
 * V8 lets 32 MB of them pile up before it looks for those that nobody uses any more.
 */
export function countGarbage(way: "sent" | "received", bytes: number): void {
  passed[way] += bytes;
  if (passed[way] < EVERY[way]) {
    return;
  }
  passed[way] = 0;
  collect ??= findCollector();
  collect({ type: "minor" });
}

/** V8's own collector, which it shows only to contexts made while its flag is set. */
function findCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  return typeof found === "function" ? (found as Collect) : () => {};
}
