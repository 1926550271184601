// The log for finding faults: among what is shown, or in a file when `PACKER_LOG` asks for it.
import { createWriteStream, fchmodSync, fstatSync, openSync } from "node:fs";
import type { BuildEvent, EventSink } from "../core/build-event.ts";
import type { Secrets } from "../core/secrets.ts";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import { keepVisible } from "../diagnostic/visible-text.ts";
import type { Host, Processes } from "../host/host.ts";

type Said = Extract<BuildEvent, { type: "said" }>;

export interface DebugLog {
  readonly enabled: boolean;
  /** Hands events on and writes them down. */
  listen(sink: EventSink): EventSink;
  /** The same host, with every program that is started written down. */
  watch(host: Host): Host;
  close(): Promise<void>;
}

/** What the log is part of. */
export interface DebugSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Pick<Secrets, "filter" | "shown">;
  /** Writes a line where there is no file. */
  readonly write: (text: string) => void;
  /** A file cannot be written any more. */
  readonly lost: (what: string, error: Error) => void;
  /** Events that are not in it: what people are told is elsewhere unless set. */
  readonly leftOut?: readonly BuildEvent["type"][] | undefined;
}

/** `PACKER_LOG` non-empty and not `0` switches it on, `PACKER_LOG_PATH` names a file and is enough alone. */
export function openDebugLog({ env, secrets, ...surroundings }: DebugSurroundings): DebugLog {
  const { leftOut = ["said", "progress"] } = surroundings;
  const path = env["PACKER_LOG_PATH"];
  const wanted = env["PACKER_LOG"] ?? "";
  if ((wanted === "" || wanted === "0") && !path) {
    return { enabled: false, listen: (sink) => sink, watch: (host) => host, close: async () => {} };
  }
  const file = path ? openFile(path, surroundings.lost) : undefined;
  const put = file === undefined ? surroundings.write : (line: string): void => void file.write(line);
  const write = (text: string): void => put(`${formatTime(new Date())} ${secrets.filter(keepVisible(text))}\n`);
  // Before it is written as JSON, in which a secret may look different.
  const json = (value: unknown): string => JSON.stringify(secrets.shown(value));
  return {
    enabled: true,
    listen: (sink) => (event) => {
      if (!leftOut.includes(event.type)) {
        write(event.type === "said" ? spoken(event) : json(event));
      }
      sink(event);
    },
    watch: (host) => {
      write(`Setting cache directory: ${host.cacheDir}`);
      return {
        ...host,
        processes: watchProcesses(host.processes, { write, json, hide: (text) => secrets.filter(text) }),
      };
    },
    close: () => new Promise((closed) => (file === undefined ? closed() : file.end(() => closed()))),
  };
}

function spoken({ speaker, text }: Said): string {
  return `ui: ${speaker === undefined ? "" : `${speaker.build}: `}${text}`;
}

/** A log that cannot be begun ends the command, as in Packer. Unlike Packer, one that cannot be continued ends it too: it was asked for. */
function openFile(path: string, lost: DebugSurroundings["lost"]): NodeJS.WritableStream {
  try {
    const fd = openSync(path, "w", 0o600);
    // One of an earlier run may be open to others; a terminal or a pipe stays as it is.
    if (fstatSync(fd).isFile()) {
      fchmodSync(fd, 0o600);
    }
    return createWriteStream(path, { fd }).on("error", (error) => lost(`The log file ${path}`, error));
  } catch (thrown) {
    throw failure("environment", "run/log-unwritable", `The log file ${path} cannot be written`, {
      detail: readMessage(thrown),
      hint: "Set PACKER_LOG_PATH to a file in a folder that exists.",
      cause: thrown,
    });
  }
}

interface Writer {
  write(text: string): void;
  json(value: unknown): string;
  hide(text: string): string;
}

function watchProcesses(processes: Processes, { write, json, hide }: Writer): Processes {
  return {
    async start(command, options) {
      const running = await processes.start(command, options);
      write(`[${running.pid}] started: ${json(command)}`);
      void running.ended.then(({ code }) => write(`[${running.pid}] ended with ${code}`));
      return running;
    },
    async run(command, options) {
      const result = await processes.run(command, options);
      write(
        `ran ${json(command)}: ${result.code}${result.stderr === "" ? "" : `, stderr: ${hide(result.stderr.trimEnd()).slice(-2000)}`}`,
      );
      return result;
    },
  };
}

/** As Packer's log: `2006/01/02 15:04:05`. */
function formatTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
