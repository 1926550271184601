// The log for finding faults: on standard error or in a file when `PACKER_LOG` asks for it.
import { createWriteStream, fchmodSync, fstatSync, openSync } from "node:fs";
import type { EventSink } from "../core/build-event.ts";
import { failure, messageOf } from "../diagnostic/build-error.ts";
import type { Host, Processes } from "../host/host.ts";

export interface DebugLog {
  readonly enabled: boolean;
  /** Hands events on and writes them down. */
  listen(sink: EventSink): EventSink;
  /** The same host, with every program that is started written down. */
  watch(host: Host): Host;
  close(): Promise<void>;
}

/** `PACKER_LOG` non-empty and not `0` switches it on, `PACKER_LOG_PATH` names a file and is enough alone. */
export function openDebugLog(env: Readonly<Record<string, string | undefined>>, filter: (text: string) => string): DebugLog {
  const path = env["PACKER_LOG_PATH"];
  const wanted = env["PACKER_LOG"] ?? "";
  if ((wanted === "" || wanted === "0") && !path)
    return { enabled: false, listen: (sink) => sink, watch: (host) => host, close: async () => {} };
  const stream = path ? openFile(path) : process.stderr;
  const write = (text: string): void => void stream.write(`${stamp(new Date())} ${filter(text)}\n`);
  return {
    enabled: true,
    listen: (sink) => (event) => {
      if (event.type !== "said" && event.type !== "progress") write(encoded(event, filter));
      sink(event);
    },
    watch: (host) => {
      write(`Setting cache directory: ${host.cacheDir}`);
      return { ...host, processes: watched(host.processes, write, filter) };
    },
    close: () => new Promise((closed) => (stream === process.stderr ? closed() : stream.end(() => closed()))),
  };
}

/** As JSON, with every text filtered before: an encoding around another one hides secrets from the filter. */
function encoded(value: unknown, filter: (text: string) => string): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "string" ? filter(part) : part));
}

/** A log that cannot be begun ends the command, as in Packer; one that cannot be continued does not. */
function openFile(path: string): NodeJS.WritableStream {
  try {
    const fd = openSync(path, "w", 0o600);
    // One of an earlier run may be open to others; a terminal or a pipe stays as it is.
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
    return createWriteStream(path, { fd }).on("error", () => {});
  } catch (thrown) {
    throw failure("environment", "run/log-unwritable", `The log file ${path} cannot be written`, {
      detail: messageOf(thrown),
      hint: "Set PACKER_LOG_PATH to a file in a folder that exists.",
      cause: thrown,
    });
  }
}

function watched(processes: Processes, write: (text: string) => void, filter: (text: string) => string): Processes {
  return {
    async start(command, options) {
      const running = await processes.start(command, options);
      write(`[${running.pid}] started: ${encoded(command, filter)}`);
      void running.ended.then(({ code }) => write(`[${running.pid}] ended with ${code}`));
      return running;
    },
    async run(command, options) {
      const result = await processes.run(command, options);
      // Half a secret is none that the filter knows.
      const said = result.stderr === "" ? "" : `, stderr: ${filter(result.stderr.trimEnd()).slice(-2000)}`;
      write(`ran ${encoded(command, filter)}: ${result.code}${said}`);
      return result;
    },
  };
}

/** As Packer's log: `2006/01/02 15:04:05`. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
