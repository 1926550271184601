// WS-Management as the test machine speaks it: [MS-WSMV] section 3.1.4 for the cmd shell and the configuration.
import { randomUUID } from "node:crypto";
import { ACTION, COMMAND_DONE, NS, RESOURCE, SIGNAL_TERMINATE } from "../../src/driver/winrm/envelope.ts";
import { escapeXml, findChild, readText, readXml, type XmlElement } from "../../src/driver/xml/xml.ts";
import type { Machine } from "./winrm-machine.ts";
import { Shell, ShellCommand } from "./winrm-shells.ts";

export interface ProtocolSettings {
  readonly maxEnvelopeKb: number;
  readonly maxTimeoutMs: number;
  readonly maxShells: number;
  /** Let message ids come again. */
  readonly repeatedIds: boolean;
  /** Users other than administrators may not read the configuration. */
  readonly administrator: boolean;
}

export interface SoapReply {
  readonly status: number;
  readonly body: string;
}

/** A fault on its way out. */
export class SoapFault extends Error {
  readonly subcode: string;
  readonly code: number;
  constructor(subcode: string, code: number, text: string) {
    super(text);
    this.subcode = subcode;
    this.code = code;
  }
}

/** Answers SOAP messages for one machine. */
export class Protocol {
  readonly shells = new Map<string, Shell>();
  readonly messageIds = new Set<string>();
  readonly #machine: Machine;
  readonly #settings: ProtocolSettings;

  constructor(machine: Machine, settings: ProtocolSettings) {
    this.#machine = machine;
    this.#settings = settings;
  }

  async answer(message: string): Promise<SoapReply> {
    const root = readXml(message);
    if ("problem" in root) {
      return reply(
        500,
        "",
        `${NS.wsman}/fault`,
        faultBody(new SoapFault("w:SchemaValidationError", 0x80338041, root.problem)),
      );
    }
    const id = readText(findChild(root, "Header", "MessageID"));
    try {
      if (Buffer.byteLength(message) > this.#settings.maxEnvelopeKb * 1024) {
        throw new SoapFault(
          "w:EncodingLimit",
          0x8033800c,
          `The request exceeds MaxEnvelopeSizekb (${this.#settings.maxEnvelopeKb}).`,
        );
      }
      if (this.messageIds.has(id) && !this.#settings.repeatedIds) {
        throw new SoapFault("a:InvalidMessageInformationHeader", 0x80338044, `The message id ${id} was used before.`);
      }
      this.messageIds.add(id);
      const action = readText(findChild(root, "Header", "Action"));
      return reply(200, id, `${action}Response`, await this.#act(action, root));
    } catch (thrown) {
      if (thrown instanceof SoapFault) {
        return reply(500, id, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", faultBody(thrown));
      }
      throw thrown;
    }
  }

  async #act(action: string, root: XmlElement): Promise<string> {
    const resource = readText(findChild(root, "Header", "ResourceURI"));
    if (resource === RESOURCE.config && action === ACTION.get) {
      return this.#config();
    }
    if (resource !== RESOURCE.cmd) {
      throw new SoapFault("a:DestinationUnreachable", 0x80338000, "The resource URI is not known.");
    }
    switch (action) {
      case ACTION.create:
        return this.#create(root);
      case ACTION.delete:
        return this.#delete(root);
      case ACTION.command:
        return this.#command(root);
      case ACTION.receive:
        return this.#receive(root);
      case ACTION.send:
        return this.#send(root);
      case ACTION.signal:
        return this.#signal(root);
      default:
        throw new SoapFault("a:ActionNotSupported", 0x80338006, `The action ${action} is not supported.`);
    }
  }

  #config(): string {
    if (!this.#settings.administrator) {
      throw new SoapFault("w:AccessDenied", 5, "Access is denied.");
    }
    return `<cfg:Config xmlns:cfg="${RESOURCE.config}" xml:lang="en-US"><cfg:MaxEnvelopeSizekb>${this.#settings.maxEnvelopeKb}</cfg:MaxEnvelopeSizekb><cfg:MaxTimeoutms>${this.#settings.maxTimeoutMs}</cfg:MaxTimeoutms></cfg:Config>`;
  }

  #create(root: XmlElement): string {
    if (this.shells.size >= this.#settings.maxShells) {
      const text = `This user is allowed a maximum number of ${this.#settings.maxShells} concurrent shells, which has been exceeded. Close existing shells or raise the quota for this user.`;
      throw new SoapFault("w:QuotaLimit", 0x803381a5, text);
    }
    const variables = findChild(root, "Body", "Shell", "Environment")?.children ?? [];
    const shell = new Shell(
      new Map(variables.map((variable) => [variable.attributes.get("Name") ?? "", variable.text])),
    );
    this.shells.set(shell.id, shell);
    return `<x:ResourceCreated xmlns:x="${NS.transfer}"><a:Address>${NS.addressing}/role/anonymous</a:Address><a:ReferenceParameters><w:ResourceURI>${RESOURCE.cmd}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">${shell.id}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>${shell.id}</rsp:ShellId></rsp:Shell>`;
  }

  #delete(root: XmlElement): string {
    const shell = this.#shell(root);
    shell.close();
    this.shells.delete(shell.id);
    return "";
  }

  #command(root: XmlElement): string {
    const shell = this.#shell(root);
    const line = findChild(root, "Body", "CommandLine");
    const words = (line?.children ?? [])
      .filter(({ name }) => name === "Command" || name === "Arguments")
      .map(({ text }) => text);
    const command = new ShellCommand(this.#machine, words.join(" "), shell.environment);
    shell.commands.set(command.id, command);
    return `<rsp:CommandResponse><rsp:CommandId>${command.id}</rsp:CommandId></rsp:CommandResponse>`;
  }

  async #receive(root: XmlElement): Promise<string> {
    const command = this.#running(root, findChild(root, "Body", "Receive", "DesiredStream"));
    if (!(await command.wait(this.#timeout(root)))) {
      throw new SoapFault(
        "w:TimedOut",
        0x80338029,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
      );
    }
    const asked = Number(readText(findChild(root, "Header", "MaxEnvelopeSize"))) || this.#settings.maxEnvelopeKb * 1024;
    const pieces = takeOutput(
      command,
      Math.floor(((Math.min(asked, this.#settings.maxEnvelopeKb * 1024) - 4096) / 4) * 3),
    );
    const streams = pieces.map(
      ({ stream, data }) =>
        `<rsp:Stream Name="${stream}" CommandId="${command.id}">${data.toString("base64")}</rsp:Stream>`,
    );
    const done = command.exitCode !== undefined && command.output.length === 0;
    const ends = ["stdout", "stderr"].map(
      (stream) => `<rsp:Stream Name="${stream}" CommandId="${command.id}" End="true"></rsp:Stream>`,
    );
    const state = done
      ? `${ends.join("")}<rsp:CommandState CommandId="${command.id}" State="${COMMAND_DONE}"><rsp:ExitCode>${command.exitCode}</rsp:ExitCode></rsp:CommandState>`
      : `<rsp:CommandState CommandId="${command.id}" State="${NS.shell}/CommandState/Running"></rsp:CommandState>`;
    return `<rsp:ReceiveResponse>${streams.join("")}${state}</rsp:ReceiveResponse>`;
  }

  #send(root: XmlElement): string {
    const stream = findChild(root, "Body", "Send", "Stream");
    const command = this.#running(root, stream);
    if (command.exitCode !== undefined) {
      throw new SoapFault("w:InternalError", 0x8007006d, "The pipe has been ended.");
    }
    command.send(Buffer.from(stream?.text ?? "", "base64"), /^true$/i.test(stream?.attributes.get("End") ?? ""));
    return "<rsp:SendResponse/>";
  }

  #signal(root: XmlElement): string {
    const signal = findChild(root, "Body", "Signal");
    const command = this.#running(root, signal);
    const code = readText(findChild(signal, "Code"));
    if (code === SIGNAL_TERMINATE || code.endsWith("/signal/ctrl_c")) {
      command.terminate();
    }
    return "<rsp:SignalResponse/>";
  }

  #shell(root: XmlElement): Shell {
    const selectors = findChild(root, "Header", "SelectorSet")?.children ?? [];
    const id = readText(selectors.find((selector) => selector.attributes.get("Name") === "ShellId"));
    const shell = this.shells.get(id);
    if (shell === undefined) {
      throw new SoapFault("w:InvalidSelectors", 0x8033805b, "The request contains invalid selectors for the resource.");
    }
    return shell;
  }

  #running(root: XmlElement, element: XmlElement | undefined): ShellCommand {
    const command = this.#shell(root).commands.get(element?.attributes.get("CommandId") ?? "");
    if (command === undefined) {
      throw new SoapFault("w:InvalidParameter", 0x80338000, "The command id is not known.");
    }
    return command;
  }

  #timeout(root: XmlElement): number {
    const match = /^PT(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(readText(findChild(root, "Header", "OperationTimeout")));
    const asked = match === null ? 60_000 : (Number(match[1] ?? 0) * 60 + Number(match[2] ?? 0)) * 1000;
    return Math.min(asked, this.#settings.maxTimeoutMs);
  }
}

/** Takes output from a command, at most `limit` bytes: a piece may be cut anywhere, also inside a character. */
function takeOutput(command: ShellCommand, limit: number): ShellCommand["output"] {
  const taken: ShellCommand["output"] = [];
  let room = limit;
  while (room > 0) {
    const next = command.output.shift();
    if (next === undefined) {
      break;
    }
    if (next.data.length > room) {
      command.output.unshift({ stream: next.stream, data: next.data.subarray(room) });
    }
    taken.push({ stream: next.stream, data: next.data.subarray(0, room) });
    room -= next.data.length;
  }
  return taken;
}

function faultBody({ subcode, code, message }: SoapFault): string {
  const text = escapeXml(message);
  return `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>${subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${text}</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="${NS.fault}" Code="${code}" Machine="WINBOX"><f:Message>${text}</f:Message></f:WSManFault></s:Detail></s:Fault>`;
}

function reply(status: number, relatesTo: string, action: string, body: string): SoapReply {
  const header = `<a:Action>${action}</a:Action><a:MessageID>uuid:${randomUUID().toUpperCase()}</a:MessageID><a:To>${NS.addressing}/role/anonymous</a:To><a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>`;
  return {
    status,
    body: `<s:Envelope xml:lang="en-US" xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:rsp="${NS.shell}" xmlns:p="${NS.microsoft}" xmlns:x="${NS.transfer}"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`,
  };
}
