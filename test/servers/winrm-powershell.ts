// PowerShell of the test machine: it knows the scripts that clients send by their text and does what they mean.
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { findDescendant, readXml } from "../../src/driver/xml/xml.ts";
import type { Machine, ProgramCall } from "./winrm-machine.ts";

/** What one script does. `match` holds what its pattern captured. */
type ScriptAction = (machine: Machine, call: ProgramCall, match: RegExpExecArray) => number | Promise<number>;

const SCRIPTS: readonly [RegExp, ScriptAction][] = [
  // This project's transfers.
  [
    /packer-([\w-]+)\.part'[\s\S]*-ne '([0-9A-F]{64})'[\s\S]*ExpandEnvironmentVariables\('((?:[^']|'')*)'\)[\s\S]*Decompress/,
    receiveUpload,
  ],
  [
    /ExpandEnvironmentVariables\('((?:[^']|'')*)'\)[\s\S]*Compress, \$true\)[\s\S]*?(Name 2 ''\nContent \$root|Get-ChildItem)/,
    sendDownload,
  ],
  // Packer 1.6's transfers.
  [
    /\$tmp_file_path = [^\n]*"\$env:TEMP\\(winrmcp-[^"]+)"[\s\S]*GetFullPath\("(.*)"\.Trim\("'"\)\)[\s\S]*OpenWrite/,
    restoreUpload,
  ],
  [/\$tmp_file_path = [^\n]*"\$env:TEMP\\(winrmcp-[^"]+)"[\s\S]*Remove-Item \$tmp_file_path/, removeUpload],
  [/ReadAllBytes\("([^"]+)"\); Write-Output \$\(\[System\.Convert\]::ToBase64String/, printFile],
  // A scheduled task that runs a command as somebody else.
  [/New-Object -ComObject ["']?Schedule\.Service/, runTask],
  [/"\{0\} restarted\."/, (_machine, { stdout }) => print(stdout, "WINBOX restarted.")],
  [
    /^(?:\$ProgressPreference[^\n]*\n)?Test-Path "([^"]+)"$/i,
    (machine, { stdout }, [, key = ""]) => print(stdout, machine.registry.has(key.toLowerCase()) ? "True" : "False"),
  ],
];

/** Teaches a machine `powershell` and `pwsh`. */
export function addPowershell(machine: Machine): void {
  machine.program(/^\s*(?:powershell|pwsh)(?:\.exe)?\b(.*)$/is, (call) => {
    const given = call.groups[0] ?? "";
    const encoded = /-e(?:nc(?:odedcommand)?)? +([A-Za-z0-9+/=]+)/i.exec(given)?.[1];
    if (encoded !== undefined) {
      return runScript(machine, Buffer.from(encoded, "base64").toString("utf16le"), call);
    }
    const file = /-file +"?([^"]+?)"?\s*$/i.exec(given)?.[1];
    if (file !== undefined) {
      return runFile(machine, file, call);
    }
    const command = /"([\s\S]*)"/.exec(given)?.[1];
    if (command !== undefined) {
      return runScript(machine, command.replace(/^&\s*\{|\}\s*$/g, ""), call);
    }
    call.stderr("powershell: nothing to run\r\n");
    return 1;
  });
}

function runFile(machine: Machine, path: string, call: ProgramCall): number | Promise<number> {
  const content = machine.read(path);
  if (content !== undefined) {
    return runScript(machine, content.toString("utf8"), call);
  }
  call.stderr(`The argument '${path}' to the -File parameter does not exist.\r\n`);
  return 0xfffd0000;
}

/** Runs a known script, or one of simple statements. */
async function runScript(machine: Machine, script: string, call: ProgramCall): Promise<number> {
  for (const [pattern, action] of SCRIPTS) {
    const match = pattern.exec(script.trim());
    if (match !== null) {
      return action(machine, call, match);
    }
  }
  const state = { lastExitCode: 0, failed: false };
  const ended = await runStatements(machine, script, call, state);
  return ended ?? (state.failed ? 1 : 0);
}

interface SessionState {
  lastExitCode: number;
  /** A statement was not understood. */
  failed: boolean;
}

/** Statements one after another; gives the code of an `exit`. */
async function runStatements(
  machine: Machine,
  script: string,
  call: ProgramCall,
  state: SessionState,
): Promise<number | undefined> {
  for (const statement of statementsOf(script)) {
    const code = await runStatement(machine, statement, call, state);
    if (code !== undefined) {
      return code;
    }
  }
  return undefined;
}

async function runStatement(
  machine: Machine,
  text: string,
  call: ProgramCall,
  state: SessionState,
): Promise<number | undefined> {
  const { environment } = call;
  const setting = /^\$env:(\w+)\s*=\s*("[\s\S]*"|'[\s\S]*')$/i.exec(text);
  if (setting !== null) {
    return void environment.set(setting[1] ?? "", stringValue(setting[2] ?? "", call));
  }
  if (/^(\$ProgressPreference|\$ErrorActionPreference|Set-PsDebug|if \(Test-Path variable:)/i.test(text)) {
    return undefined;
  }
  const guarded = /^try \{\n([\s\S]*)\} catch \{[\s\S]*\}$/.exec(text);
  if (guarded !== null) {
    return runStatements(machine, guarded[1] ?? "", call, state);
  }
  if (/^if \(\(Test-Path variable:global:LASTEXITCODE\)/.test(text)) {
    return state.lastExitCode === 0 ? undefined : state.lastExitCode;
  }
  const cleaned = /^Remove-Item -LiteralPath (('(?:[^']|'')*'(?:, )?)+) -Force/.exec(text);
  if (cleaned !== null) {
    for (const [, path = ""] of (cleaned[1] ?? "").matchAll(/'((?:[^']|'')*)'/g)) {
      machine.remove(path);
    }
    return undefined;
  }
  const leave = /^exit(?: (\d+|\$LastExitCode))?$/i.exec(text);
  if (leave !== null) {
    const status = leave[1] ?? "0";
    return /^\d+$/.test(status) ? Number(status) : state.lastExitCode;
  }
  const sourced = /^([.&])\s*["']?([^"']+)["']?$/.exec(text);
  if (sourced !== null) {
    const code = await runScriptFile(machine, sourced[2] ?? "", call, state);
    if (sourced[1] === ".") {
      return code;
    }
    state.lastExitCode = code ?? state.lastExitCode;
    return undefined;
  }
  const printed = /^(?:echo|Write-Output|Write-Host) ("[\s\S]*"|'[\s\S]*'|[^\s]+)$/i.exec(text);
  if (printed !== null) {
    return void call.stdout(`${stringValue(printed[1] ?? "", call)}\r\n`);
  }
  const failed = /^(?:Write-Error|throw) ("[\s\S]*"|'[\s\S]*')$/i.exec(text);
  if (failed !== null) {
    call.stderr(`${stringValue(failed[1] ?? "", call)}\r\n`);
    return /^throw/i.test(text) ? 1 : undefined;
  }
  const removed = /^if \(Test-Path ["']?([^"')]+)["']?\) \{\s*Remove-Item [^}]+\}$/i.exec(text);
  if (removed !== null) {
    return void machine.remove(removed[1] ?? "");
  }
  const program = /^cmd(?:\.exe)? \/c (.+)$/i.exec(text);
  if (program !== null) {
    state.lastExitCode = await machine.run((program[1] ?? "").replace(/^["']|["']$/g, ""), call);
    return undefined;
  }
  call.stderr(`The term '${text.slice(0, 60)}' is not recognized as the name of a cmdlet.\r\n`);
  state.failed = true;
  return undefined;
}

async function runScriptFile(
  machine: Machine,
  path: string,
  call: ProgramCall,
  state: SessionState,
): Promise<number | undefined> {
  const content = machine.read(path);
  if (content === undefined) {
    call.stderr(`The term '${path}' is not recognized as the name of a cmdlet.\r\n`);
    return undefined;
  }
  return runStatements(machine, content.toString("utf8"), call, state);
}

/** Splits at `;` and line ends, but not inside quotes and braces. */
function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let current = "";
  let quote = "";
  let depth = 0;
  for (let at = 0; at < script.length; at++) {
    const character = script[at] as string;
    if (character === "`" && quote !== "'") {
      current += character + (script[++at] ?? "");
      continue;
    }
    if (quote === "" && depth === 0 && (character === ";" || character === "\n")) {
      statements.push(current);
      current = "";
      continue;
    }
    if (quote !== "") {
      quote = character === quote ? "" : quote;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === "{") {
      depth += 1;
    } else if (character === "}") {
      depth -= 1;
    }
    current += character;
  }
  return [...statements, current]
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "" && !statement.startsWith("#"));
}

/** The value of a string literal: single quotes are plain, double quotes expand `$env:NAME` and backticks. */
function stringValue(literal: string, { environment }: ProgramCall): string {
  if (literal.startsWith("'")) {
    return literal.slice(1, -1).replaceAll("''", "'");
  }
  const inner = literal.startsWith('"') ? literal.slice(1, -1) : literal;
  return inner.replace(/`([\s\S])|\$env:(\w+)|\$(?=["'])/gi, (whole, escaped?: string, name?: string) => {
    if (escaped !== undefined) {
      return escaped;
    }
    return name === undefined
      ? whole
      : ([...environment].find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1] ?? "");
  });
}

function print(stdout: (text: string) => void, text: string): number {
  stdout(`${text}\r\n`);
  return 0;
}

async function receiveUpload(
  machine: Machine,
  { stdin, stdout, stderr }: ProgramCall,
  match: RegExpExecArray,
): Promise<number> {
  const [, id = "", sha256 = "", quoted = ""] = match;
  const part = `%TEMP%\\packer-${id}.part`;
  const chunks: Buffer[] = [machine.read(part) ?? Buffer.alloc(0)];
  let size = chunks[0]?.length ?? 0;
  const keep = (): void => machine.write(part, Buffer.concat(chunks));
  keep();
  stdout(`have ${size}\r\n`);
  try {
    for await (const line of linesOf(stdin)) {
      const [at = "", length = "", text = "", ...more] = line.split(" ");
      if (more.length > 0 || text === "" || text.length !== Number(length)) {
        continue;
      }
      if (Number(at) > size) {
        stderr("A piece of the upload is missing\r\n");
        return 1;
      }
      if (Number(at) < size) {
        continue;
      }
      const bytes = Buffer.from(text, "base64");
      chunks.push(bytes);
      size += bytes.length;
    }
  } finally {
    keep();
  }
  const stream = Buffer.concat(chunks);
  if (createHash("sha256").update(stream).digest("hex").toUpperCase() !== sha256) {
    machine.write(part, Buffer.alloc(0));
    stderr("The upload arrived damaged\r\n");
    return 1;
  }
  const problem = unpackTo(machine, gunzipSync(stream), quoted.replaceAll("''", "'"));
  if (problem !== undefined) {
    stderr(`${problem}\r\n`);
    return 1;
  }
  machine.remove(part);
  return print(stdout, "done");
}

async function* linesOf(stdin: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stdin) {
    const lines = (rest + chunk.toString("latin1")).split(/\r?\n/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") {
    yield rest;
  }
}

function unpackTo(machine: Machine, stream: Buffer, root: string): string | undefined {
  let at = 0;
  const int = (): number => {
    at += 4;
    return stream.readInt32LE(at - 4);
  };
  const take = (length: number): Buffer => {
    at += length;
    return stream.subarray(at - length, at);
  };
  for (let mark = take(1)[0]; mark !== 0; mark = take(1)[0]) {
    const name = take(int()).toString("utf8");
    const path = name === "" ? root : `${root}\\${name.replaceAll("/", "\\")}`;
    if (mark === 1) {
      machine.addFolder(path);
      continue;
    }
    if (machine.isFolder(path)) {
      return `${machine.path(path)} is a folder`;
    }
    const chunks: Buffer[] = [];
    for (let size = int(); size !== 0; size = int()) {
      chunks.push(take(size));
    }
    machine.write(path, Buffer.concat(chunks));
  }
  return undefined;
}

function sendDownload(machine: Machine, { stdout, stderr }: ProgramCall, match: RegExpExecArray): number {
  const root = (match[1] ?? "").replaceAll("''", "'");
  const parts: Buffer[] = [];
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const entry = (mark: number, name: string): void => {
    const bytes = Buffer.from(name.replaceAll("\\", "/"));
    parts.push(Buffer.from([mark]), int(bytes.length), bytes);
  };
  const content = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; at += 262144) {
      const chunk = bytes.subarray(at, at + 262144);
      parts.push(int(chunk.length), chunk);
    }
    parts.push(int(0));
  };
  if (match[2]?.startsWith("Name") === true) {
    const file = machine.read(root);
    if (machine.isFolder(root) || file === undefined) {
      stderr(
        machine.isFolder(root)
          ? `${machine.path(root)} is a folder\r\n`
          : `Could not find file '${machine.path(root)}'.\r\n`,
      );
      return 1;
    }
    entry(2, "");
    content(file);
  } else if (!machine.isFolder(root)) {
    stderr(`There is no folder ${machine.path(root)}\r\n`);
    return 1;
  } else {
    for (const name of machine.below(root)) {
      entry(name.endsWith("\\") ? 1 : 2, name.replace(/\\$/, ""));
      if (!name.endsWith("\\")) {
        content(machine.read(`${root}\\${name}`) ?? Buffer.alloc(0));
      }
    }
  }
  const stream = gzipSync(Buffer.concat([...parts, Buffer.from([0])]));
  for (let at = 0; at < stream.length; at += 196608) {
    stdout(`${stream.subarray(at, at + 196608).toString("base64")}\r\n`);
  }
  return print(stdout, "done");
}

function restoreUpload(machine: Machine, _call: ProgramCall, match: RegExpExecArray): number {
  const destination = (match[2] ?? "").replace(/^'|'$/g, "");
  if (machine.isFolder(destination)) {
    return 1;
  }
  const lines = (machine.read(`%TEMP%\\${match[1]}`) ?? Buffer.alloc(0)).toString("latin1").split(/\s+/);
  machine.write(destination, Buffer.concat(lines.map((line) => Buffer.from(line, "base64"))));
  return 0;
}

function removeUpload(machine: Machine, _call: ProgramCall, match: RegExpExecArray): number {
  machine.remove(`%TEMP%\\${match[1]}`);
  return 0;
}

function printFile(machine: Machine, { stdout, stderr }: ProgramCall, match: RegExpExecArray): number {
  const content = machine.read((match[1] ?? "").replace(/^'|'$/g, ""));
  if (content === undefined) {
    stderr("Could not find file.\r\n");
    return 1;
  }
  stdout(content.toString("base64"));
  return 0;
}

/** Reads the task out of the script's XML and runs its command, as the Task Scheduler would. */
async function runTask(machine: Machine, call: ProgramCall, { input }: RegExpExecArray): Promise<number> {
  const xml = /@'\r?\n([\s\S]*?)\r?\n'@/.exec(input)?.[1] ?? "";
  const task = readXml(xml);
  if ("problem" in task) {
    throw new Error(`The task is not XML: ${task.problem}`);
  }
  const user = findDescendant(task, "UserId")?.text ?? "";
  const command = /^\/c (.*?) > (\S+) 2>&1$/s.exec(findDescendant(task, "Arguments")?.text ?? "");
  machine.history.push(`[task as ${user}] ${command?.[1] ?? "?"}`);
  if (command === null) {
    return 1;
  }
  return machine.run(command[1] ?? "", { ...call, stderr: call.stdout });
}
