// Reads WS-Management answers: what a machine says to each kind of request.
import { failure } from "../../diagnostic/build-error.ts";
import { findChild, findDescendant, readText, readXml, type XmlElement, type XmlProblem } from "../xml/xml.ts";
import { explainNotWsman } from "./authenticated.ts";
import { formatWsmanUrl, type HttpEndpoint } from "./endpoint.ts";
import { COMMAND_DONE, NS } from "./envelope.ts";
import { readFault, WsmanFaultError } from "./fault.ts";
import type { HttpReply } from "./http-connection.ts";

/** What one Receive brought. */
export interface Received {
  readonly pieces: readonly { readonly stream: "stdout" | "stderr"; readonly data: Buffer }[];
  /** Set when the command has ended; `undefined` in it when the machine gave no exit code. */
  readonly done?: { readonly exitCode: number | undefined } | undefined;
}

/** The envelope of an answer; a fault is thrown. */
export function readAnswer(endpoint: HttpEndpoint, asked: string, reply: HttpReply): XmlElement {
  if (!/^(application\/soap\+xml|text\/xml|application\/xml)\b/i.test(reply.contentType)) {
    throw explainNotWsman(endpoint, reply);
  }
  const root = readXml(reply.body.toString("utf8"));
  if ("problem" in root) {
    throw explainUnreadable(endpoint, root, reply.body.length);
  }
  if (root.name !== "Envelope" || root.namespace !== NS.soap) {
    throw explainNotWsman(endpoint, reply);
  }
  const fault = readFault(root);
  if (fault !== undefined) {
    throw new WsmanFaultError(fault, `${endpoint.host} refused to ${asked}`);
  }
  if (reply.status !== 200) {
    throw explainNotWsman(endpoint, reply);
  }
  return root;
}

const PROBLEMS: Readonly<Record<XmlProblem["problem"], string>> = {
  "not-xml": "It is not XML.",
  "cut-short": "It ends in the middle.",
  "document-type": "It has a document type, which SOAP forbids: entities are not expanded.",
  entity: "It uses an entity that XML does not have by itself.",
  "too-deep": "Its elements are nested too deeply.",
  "too-many": "It has more elements or attributes than any answer needs.",
  malformed: "It is not well-formed XML.",
};

function explainUnreadable(endpoint: HttpEndpoint, { problem, at }: XmlProblem, size: number): Error {
  return failure("network", "communicator/winrm-answer", `An answer of ${formatWsmanUrl(endpoint)} cannot be read`, {
    detail: `${PROBLEMS[problem]} (at character ${at}, ${size} bytes in all)`,
    hint: "Check that winrm_host and winrm_port name a WinRM service, and that no proxy changes its answers.",
  });
}

/** Something that must be in an answer is missing. */
function explainMissing(endpoint: HttpEndpoint, what: string): Error {
  return failure("network", "communicator/winrm-answer", `An answer of ${formatWsmanUrl(endpoint)} has no ${what}`);
}

export function readShellId(endpoint: HttpEndpoint, envelope: XmlElement): string {
  const selectors = findDescendant(findChild(envelope, "Body"), "SelectorSet")?.children ?? [];
  const selector = selectors.find((candidate) => candidate.attributes.get("Name") === "ShellId");
  const id = readText(selector) || readText(findChild(envelope, "Body", "Shell", "ShellId"));
  if (id === "") {
    throw explainMissing(endpoint, "shell id");
  }
  return id;
}

export function readCommandId(endpoint: HttpEndpoint, envelope: XmlElement): string {
  const id = readText(findChild(envelope, "Body", "CommandResponse", "CommandId"));
  if (id === "") {
    throw explainMissing(endpoint, "command id");
  }
  return id;
}

export function readReceived(endpoint: HttpEndpoint, envelope: XmlElement): Received {
  const response = findChild(envelope, "Body", "ReceiveResponse");
  if (response === undefined) {
    throw explainMissing(endpoint, "output");
  }
  const pieces = response.children.flatMap((element) => {
    const stream = element.name === "Stream" ? element.attributes.get("Name") : undefined;
    return stream === "stdout" || stream === "stderr"
      ? [{ stream, data: Buffer.from(element.text, "base64") } as const]
      : [];
  });
  // Earlier states (pending, running) may stand beside the last one, with an exit code that does not count.
  const state = response.children.find(
    (element) => element.name === "CommandState" && element.attributes.get("State") === COMMAND_DONE,
  );
  if (state === undefined) {
    return { pieces };
  }
  const code = readText(findChild(state, "ExitCode"));
  return { pieces, done: { exitCode: /^-?\d+$/.test(code) ? Number(code) : undefined } };
}

/** The largest request that the machine takes, in bytes. */
export function readEnvelopeLimit(envelope: XmlElement): number | undefined {
  const kilobytes = Number(readText(findChild(envelope, "Body", "Config", "MaxEnvelopeSizekb")));
  return Number.isSafeInteger(kilobytes) && kilobytes > 0 ? kilobytes * 1024 : undefined;
}
