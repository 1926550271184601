// An override of a provisioner over its block.
import type { RawEntry, RawMap } from "./raw-value.ts";

/** As Packer: keys of the override replace those of the block, and objects are merged key by key. */
export function mergeOver(body: RawMap, override: RawMap): RawMap {
  const entries = new Map<string, RawEntry>(body.entries.map((entry) => [entry.key, entry]));
  for (const entry of override.entries) {
    const base = entries.get(entry.key);
    const both = base?.value.is === "map" && entry.value.is === "map" ? mergeOver(base.value, entry.value) : undefined;
    entries.set(
      entry.key,
      both === undefined ? entry : { key: entry.key, keyRange: () => entry.keyRange(), value: both },
    );
  }
  return { is: "map", range: () => body.range(), entries: [...entries.values()] };
}
