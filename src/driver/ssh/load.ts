// Loads the SSH protocol library when the first connection needs it.
import type * as Ssh2 from "ssh2";

/** The protocol library, loaded on first use because it takes longer to start than most commands run. */
export async function loadSsh2(): Promise<typeof Ssh2> {
  const module = await import("ssh2");
  return (module as unknown as { default: typeof Ssh2 }).default;
}
