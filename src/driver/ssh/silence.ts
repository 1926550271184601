// Notices that the other side has fallen silent for too long.
import type { Clock } from "../../host/host.ts";
import type { SshConnection } from "./target.ts";

/** The other side said nothing for longer than it may. */
export class Silence extends Error {}

/** Ends `connection` when nothing was heard for `limit` milliseconds; 0 never does. */
export function watchSilence(clock: Clock, connection: SshConnection, limit: number): void {
  if (limit <= 0) {
    return;
  }
  let heard = clock.elapsed();
  connection.stream.on("data", () => {
    heard = clock.elapsed();
  });
  const over = new AbortController();
  void connection.ended.then(() => over.abort());
  const watch = async (): Promise<void> => {
    for (;;) {
      const left = heard + limit - clock.elapsed();
      if (left <= 0) {
        break;
      }
      await clock.sleep(left, over.signal);
    }
    connection.stream.destroy(new Silence(`nothing was heard from the server for ${Math.round(limit / 1000)} seconds`));
  };
  watch().catch(() => {});
}
